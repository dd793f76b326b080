// What a fuzz target offers to the driver and to libFuzzer.
#ifndef BELLWETHER_TESTS_FUZZ_FUZZ_TARGET_H_
#define BELLWETHER_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Ends the process (CHECK) where the bytes make something untrue.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Valid inputs, which mutations begin from.
std::vector<std::string> FuzzSeeds();

#endif  // BELLWETHER_TESTS_FUZZ_FUZZ_TARGET_H_
