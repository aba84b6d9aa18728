/** The part of Capstone's JavaScript port that is used: the C functions by their names, and access to their memory. */
declare module '@alexaltea/capstone-js' {
  export interface CapstoneModule {
    _cs_open(architecture: number, mode: number, handle: number): number;
    _cs_malloc(handle: number): number;
    _cs_disasm_iter(handle: number, code: number, size: number, address: number, instruction: number): number;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    getValue(pointer: number, type: 'i8' | 'i16' | 'i32'): number;
    setValue(pointer: number, value: number, type: 'i32'): void;
    setValue(pointer: number, value: bigint, type: 'i64'): void;
    writeArrayToMemory(bytes: Uint8Array, pointer: number): void;
  }
  const load: () => Promise<CapstoneModule>;
  export default load;
}
