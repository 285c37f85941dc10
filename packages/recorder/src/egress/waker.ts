/** A sleep that others can cut short. A wake while nobody sleeps ends the next sleep at once. */
export class Waker {
  private called = Promise.withResolvers<void>();

  wake(): void {
    this.called.resolve();
  }

  async sleep(ms: number): Promise<void> {
    const timer = setTimeout(() => this.wake(), ms);
    await this.called.promise;
    clearTimeout(timer);
    this.called = Promise.withResolvers();
  }
}
