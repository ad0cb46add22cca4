import { BinaryReader } from '@bufbuild/protobuf/wire';
import { descriptorSet } from '../gen/descriptors.js';

/** What our protos define, to answer reflection from. */
export interface DescriptorIndex {
  /** The file that is asked for and all that it imports, serialized; undefined when it is not ours. */
  filesByName(name: string): readonly Uint8Array[] | undefined;
  /** The same by the full name of a service, method, message or enumeration in it. */
  filesBySymbol(symbol: string): readonly Uint8Array[] | undefined;
}

interface ProtoFile {
  readonly bytes: Uint8Array;
  name: string;
  readonly imports: string[];
  readonly symbols: string[];
}

/** descriptor.proto: field numbers of the names inside a declaration, by what it declares. */
const nestedIn = {
  message: { 3: 'message', 4: 'enum' },
  enum: {},
  service: { 2: 'method' },
  method: {},
} as const;
type Declaration = keyof typeof nestedIn;

const topLevel: Readonly<Record<number, Declaration>> = { 4: 'message', 5: 'enum', 6: 'service' };

/** Reads the descriptor set; some milliseconds, once. */
export function createDescriptorIndex(): DescriptorIndex {
  const files = new Map<string, ProtoFile>();
  const owners = new Map<string, ProtoFile>();
  eachField(Buffer.from(descriptorSet, 'base64'), (_, bytes) => {
    const file = readFile(bytes);
    files.set(file.name, file);
    for (const symbol of file.symbols) owners.set(symbol, file);
  });
  const closure = (file: ProtoFile | undefined): readonly Uint8Array[] | undefined => {
    if (file === undefined) return undefined;
    const found = new Set([file]);
    for (const each of found) {
      for (const name of each.imports) {
        const imported = files.get(name);
        if (imported !== undefined) found.add(imported);
      }
    }
    return Array.from(found, ({ bytes }) => bytes);
  };
  return {
    filesByName: (name) => closure(files.get(name)),
    filesBySymbol: (symbol) => closure(owners.get(symbol)),
  };
}

function readFile(bytes: Uint8Array): ProtoFile {
  const file: ProtoFile = { bytes, name: '', imports: [], symbols: [] };
  let scope = '';
  eachField(bytes, (field, value) => {
    if (field === 1) file.name = textOf(value);
    if (field === 2) scope = textOf(value);
    if (field === 3) file.imports.push(textOf(value));
    const declaration = topLevel[field];
    if (declaration !== undefined) readDeclaration(declaration, value, scope, file.symbols);
  });
  return file;
}

function readDeclaration(
  declaration: Declaration,
  bytes: Uint8Array,
  scope: string,
  symbols: string[],
): void {
  const nested: Readonly<Record<number, Declaration>> = nestedIn[declaration];
  let name = '';
  eachField(bytes, (field, value) => {
    if (field === 1) {
      name = `${scope}.${textOf(value)}`;
      symbols.push(name);
    }
    const inner = nested[field];
    if (inner !== undefined) readDeclaration(inner, value, name, symbols);
  });
}

/** Visits the length-delimited fields of a message; descriptors have names before what is nested. */
function eachField(bytes: Uint8Array, visit: (field: number, value: Uint8Array) => void): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === 2) visit(field, reader.bytes());
    else reader.skip(wireType, field);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
