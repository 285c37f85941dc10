/** A sleep that others can cut short; a wake that nobody sleeps through is kept for the next sleep. */
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
