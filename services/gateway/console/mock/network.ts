// The network between console and server, which a test may cut or let a method fail.
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

export class MockNetwork {
  cut = false;
  // Methods that fail: "GetHealth".
  readonly failing = new Set<string>();
  #waiting = new Set<() => void>();

  // Nothing is heard either way until it is mended.
  async passes(): Promise<void> {
    while (this.cut) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  mend(): void {
    this.cut = false;
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  readonly interceptor: Interceptor = (next) => async (request) => {
    await this.passes();
    if (this.failing.has(request.method.name))
      throw new ConnectError(`${request.service.typeName} does not answer`, Code.Unavailable);
    return next(request);
  };
}
