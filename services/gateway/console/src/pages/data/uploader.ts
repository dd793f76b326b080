// Sends files to an upload, piece by piece, one file after the other. It goes on while people look at
// other pages; a piece that fails is sent again, and after that waits to be told.
import { describeError, isPassing } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import { Store } from "../../shared/store.ts";

export interface Transfer {
  upload: string;
  fileName: string;
  size: number;
  sent: number;
  state: "waiting" | "sending" | "broken" | "done";
  // Why it is broken.
  error: unknown;
}

export const PIECE_BYTES = 1 << 20;
const PIECE_TIMEOUT_MS = 60_000;
const TRIES_MOST = 4;
const PAUSE_MS = 500;

export const transfers = new Store<ReadonlyMap<string, Transfer>>(new Map());
const files = new Map<string, File>();
let queue = Promise.resolve();

export const transferKey = (upload: string, fileName: string) => `${upload}/${fileName}`;

function put(transfer: Transfer): void {
  const all = new Map(transfers.get());
  all.set(transferKey(transfer.upload, transfer.fileName), transfer);
  transfers.set(all);
}

// `said` is called when a file is there whole, or has stopped. What is there under its name may be
// of another file: all of it is sent, and bytes that differ are refused, unless this very file was
// on its way before.
export function send(upload: string, file: File, said: () => void): void {
  const key = transferKey(upload, file.name);
  const again = files.get(key) === file;
  files.set(key, file);
  enqueue(upload, file, again, said);
}

// From where the server says it stopped.
export function resume(upload: string, fileName: string, said: () => void): void {
  const file = files.get(transferKey(upload, fileName));
  if (file) enqueue(upload, file, true, said);
}

function enqueue(upload: string, file: File, again: boolean, said: () => void): void {
  const known = transfers.get().get(transferKey(upload, file.name));
  const transfer: Transfer = {
    upload,
    fileName: file.name,
    size: file.size,
    sent: again ? (known?.sent ?? 0) : 0,
    state: "waiting",
    error: undefined,
  };
  put(transfer);
  queue = queue.then(() => sendWhole(transfer, file)).then(said);
}

export function forget(upload: string, fileName: string): void {
  const key = transferKey(upload, fileName);
  files.delete(key);
  const all = new Map(transfers.get());
  all.delete(key);
  transfers.set(all);
}

async function sendWhole(of: Transfer, file: File): Promise<void> {
  let { sent } = of;
  let failures = 0;
  let known = false;
  for (;;) {
    try {
      if (!known) sent = await begin(of);
      known = true;
      put({ ...of, sent, state: "sending" });
      sent = await sendPiece(of, file, sent);
      failures = 0;
      if (sent < file.size) continue;
      put({ ...of, sent, state: "done" });
      return;
    } catch (error) {
      failures++;
      if (!isPassing(error) || failures >= TRIES_MOST) {
        put({ ...of, sent, state: "broken", error });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * failures));
    }
  }
}

// Where to go on: where the server stands, but not past what it has taken of this very file, for the
// rest may be of another one.
async function begin({ upload, fileName, sent }: Transfer): Promise<number> {
  if (sent === 0) return 0;
  const { files: there } = await imports.getUpload({ name: upload });
  return Math.min(sent, Number(there.find((each) => each.fileName === fileName)?.bytes ?? 0n));
}

async function sendPiece(of: Transfer, file: File, offset: number): Promise<number> {
  const piece = new Uint8Array(await file.slice(offset, offset + PIECE_BYTES).arrayBuffer());
  const end = offset + piece.length;
  await imports.writeUploadFile(
    {
      name: of.upload,
      fileName: of.fileName,
      offset: BigInt(offset),
      piece,
      complete: end >= file.size,
    },
    { timeoutMs: PIECE_TIMEOUT_MS },
  );
  return end;
}

// In words, with the reason where there is one.
export function whyBroken(error: unknown): string {
  const { message, reason } = describeError(error);
  return [message, reason].filter(Boolean).join(" · ");
}
