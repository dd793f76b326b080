import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { PIECE_BYTES, resume, send, transferKey, transfers } from "./uploader.ts";

const { server } = vi.hoisted(() => ({
  server: { getUpload: vi.fn(), writeUploadFile: vi.fn() },
}));
vi.mock("../../api/imports.ts", () => ({ imports: server }));

const SIZE = 2 * PIECE_BYTES + 1;
let uploads = 0;
let upload = "";
let offsets: number[] = [];
let there = 0;
// The piece at that offset is refused.
let refusedAt: number | undefined;

const fileOf = (letter: string) => new File([letter.repeat(SIZE)], "orders.csv");
const stateNow = () => transfers.get().get(transferKey(upload, "orders.csv"))?.state;

async function settled(start: (said: () => void) => void): Promise<void> {
  offsets = [];
  await new Promise<void>((resolve) => start(resolve));
}

beforeEach(() => {
  upload = `uploads/${++uploads}`;
  there = 0;
  refusedAt = undefined;
  server.getUpload.mockImplementation(async () => ({
    files: there > 0 ? [{ fileName: "orders.csv", bytes: BigInt(there) }] : [],
  }));
  server.writeUploadFile.mockImplementation(async ({ offset, piece }) => {
    if (Number(offset) === refusedAt) throw new ConnectError("no", Code.FailedPrecondition);
    offsets.push(Number(offset));
    there = Math.max(there, Number(offset) + piece.length);
  });
});

describe("a file", () => {
  test("is sent from its beginning, whatever of its name is there", async () => {
    there = SIZE - 1;
    await settled((said) => send(upload, fileOf("a"), said));
    expect(offsets).toEqual([0, PIECE_BYTES, 2 * PIECE_BYTES]);
    expect(stateNow()).toBe("done");
    await settled((said) => send(upload, fileOf("a"), said));
    expect(offsets[0]).toBe(0);
  });

  test("that was on its way goes on where it stopped", async () => {
    const file = fileOf("a");
    refusedAt = PIECE_BYTES;
    await settled((said) => send(upload, file, said));
    expect(stateNow()).toBe("broken");
    refusedAt = undefined;
    await settled((said) => resume(upload, "orders.csv", said));
    expect(offsets).toEqual([PIECE_BYTES, 2 * PIECE_BYTES]);
    await settled((said) => send(upload, file, said));
    expect(offsets).not.toContain(0);
  });

  test("of which nothing was taken does not go on where another one stopped", async () => {
    there = PIECE_BYTES;
    refusedAt = 0;
    await settled((said) => send(upload, fileOf("b"), said));
    expect(stateNow()).toBe("broken");
    refusedAt = undefined;
    await settled((said) => resume(upload, "orders.csv", said));
    expect(offsets[0]).toBe(0);
  });
});
