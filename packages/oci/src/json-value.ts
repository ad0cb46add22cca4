/** A number written with a fraction or an exponent; kept apart so that `1.0` never passes for a size. */
export class JsonDecimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get value(): number {
    return Number(this.text);
  }
}

/** Objects are Maps, so that `__proto__` is a key like any other; plain numbers are safe integers. */
export type JsonValue =
  null | boolean | number | string | JsonDecimal | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;
