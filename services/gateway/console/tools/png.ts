// Writes a picture of a page small: an interface has few colours, so each pixel is one byte that
// names one of 256, packed as well as zlib can.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGB = 2;
const PALETTE = 3;
const COLOURS_MOST = 256;

interface Pixels {
  width: number;
  height: number;
  // One number 0xRRGGBB a pixel, row by row.
  colours: Uint32Array;
}

// Of 8 bits a channel without transparency, as browsers write screenshots.
function read(png: Buffer): Pixels {
  let width = 0;
  let height = 0;
  const packed: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      width = data.readUInt32BE(0);
      height = data.readUInt32BE(4);
      if (data[8] !== 8 || data[9] !== RGB) throw new Error("not RGB of 8 bits");
    }
    if (type === "IDAT") packed.push(data);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(packed));
  const stride = width * 3;
  const colours = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)]!;
    const line = Uint8Array.from(raw.subarray(row * (stride + 1) + 1, (row + 1) * (stride + 1)));
    for (let at = 0; at < stride; at++) {
      const left = at < 3 ? 0 : line[at - 3]!;
      const up = above[at]!;
      const corner = at < 3 ? 0 : above[at - 3]!;
      line[at] = line[at]! + predicted(filter, left, up, corner);
    }
    for (let x = 0; x < width; x++)
      colours[row * width + x] = (line[3 * x]! << 16) | (line[3 * x + 1]! << 8) | line[3 * x + 2]!;
    above = line;
  }
  return { width, height, colours };
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const guess = left + up - corner;
      const byLeft = Math.abs(guess - left);
      const byUp = Math.abs(guess - up);
      const byCorner = Math.abs(guess - corner);
      return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
    }
    default:
      return 0;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function distance(a: number, b: number): number {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return red * red + green * green + blue * blue;
}

// Each next colour is the one that most pixels miss most.
function choose(counts: ReadonlyMap<number, number>): number[] {
  const chosen: number[] = [];
  const colours = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const missed = colours.map(() => Number.POSITIVE_INFINITY);
  for (let next = 0; chosen.length < COLOURS_MOST && missed[next]! > 0; ) {
    const colour = colours[next]![0];
    chosen.push(colour);
    let worst = 0;
    colours.forEach(([other, count], at) => {
      missed[at] = Math.min(missed[at]!, count * distance(colour, other));
      if (missed[at]! > missed[worst]!) worst = at;
    });
    next = worst;
  }
  return chosen;
}

// Colours that are not chosen become the nearest of those that are.
export function small(png: Buffer): Buffer {
  const { width, height, colours } = read(png);
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = choose(counts);
  const index = new Map(palette.map((colour, at) => [colour, at]));
  for (const colour of counts.keys())
    if (!index.has(colour)) {
      let nearest = 0;
      for (let at = 1; at < palette.length; at++)
        if (distance(colour, palette[at]!) < distance(colour, palette[nearest]!)) nearest = at;
      index.set(colour, nearest);
    }
  const lines = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row++)
    for (let x = 0; x < width; x++)
      lines[row * (width + 1) + 1 + x] = index.get(colours[row * width + x]!)!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = PALETTE;
  const names = Buffer.from(
    palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]),
  );
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", names),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
