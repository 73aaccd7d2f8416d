/**
 * The only code of this package that Pulumi serialises: its text lands in the state of every resource, and what is in state
 * runs for years. So it imports nothing, holds one word, and asks whatever version of the package is installed by then.
 * `pulumi-gpuhost/runtime`, `controller(kind)` and these seven methods are a contract: see test/dynamic/golden.
 */
export class ThinProvider {
  constructor(readonly kind: string) {}

  async configure(request: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).configure(request);
  }

  async check(olds: unknown, news: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).check(olds, news);
  }

  async diff(id: string, olds: unknown, news: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).diff(id, olds, news);
  }

  async create(inputs: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).create(inputs);
  }

  async update(id: string, olds: unknown, news: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).update(id, olds, news);
  }

  async read(id: string, properties: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).read(id, properties);
  }

  async delete(id: string, properties: unknown) {
    return (await import("pulumi-gpuhost/runtime")).controller(this.kind).delete(id, properties);
  }
}
