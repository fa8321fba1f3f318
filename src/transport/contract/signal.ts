/** Lets a test wait until something holds, without a sleep: whoever changes the state calls `notify`. */
export class Signal {
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  notify(): void {
    const ready = this.#waiting.filter((each) => each.holds());
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { resolve } of ready) resolve();
  }

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }
}
