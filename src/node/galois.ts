import { fastProduct, type GaloisProduct, portableProduct, type WebAssemblyLike } from '../crypto/index.ts';

let made: GaloisProduct | undefined;

/** What codes payloads on this machine: the kernel with SIMD instructions, made at the first call, or plain JavaScript. */
export function nativeProduct(): GaloisProduct {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: WebAssemblyLike };
  made ??= (engine && fastProduct(engine)) ?? portableProduct;
  return made;
}
