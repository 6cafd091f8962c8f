/**
 * JSON Schemas of the types of frames and responses, as the TypeScript compiler resolves them. The
 * types follow from the definitions of the events, which generators that only read the syntax of a
 * file do not see through.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A schema, or a part of one (JSON Schema 2020-12). */
export type JsonSchema = { readonly [key: string]: unknown };

/** Makes the schemas of the types that some files export. */
export class TypeSchemas {
  /** The schemas of the named types that were asked for, and of those that they mention. */
  readonly components: Record<string, JsonSchema> = {};
  readonly #checker: ts.TypeChecker;
  readonly #exported = new Map<string, ts.Symbol>();
  /** The frames, by name. A frame about a room or a conversation has a type for each. */
  readonly #members = new Map<string, readonly ts.Type[]>();

  constructor(files: readonly URL[]) {
    const names = files.map((file) => fileURLToPath(file));
    const program = ts.createProgram(names, {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      types: [],
    });
    this.#checker = program.getTypeChecker();
    for (const name of names) {
      const module = this.#checker.getSymbolAtLocation(program.getSourceFile(name)!);
      if (module === undefined) throw new Error(`Not a module: ${name}`);
      for (const symbol of this.#checker.getExportsOfModule(module)) {
        this.#exported.set(symbol.name, symbol);
      }
    }
  }

  /** Refers to the schema of an exported type, or of a frame. */
  named(name: string): JsonSchema {
    return this.#refer(name, this.#members.get(name) ?? [this.#typeOf(name)]);
  }

  /**
   * Returns the name of each member of an exported union of frames, by its `type`. A member without
   * a name of its own gets one: `RoomsFrame`.
   */
  frames(name: string): ReadonlyMap<string, string> {
    const all = this.#typeOf(name);
    const members = all.isUnion() ? all.types : [all];
    return new Map(members.flatMap((member) => {
      const types = this.#literals(this.#propertyType(member, "type"));
      const name = this.#nameOf(member) ?? `${pascalCase(types[0] ?? "")}Frame`;
      this.#members.set(name, [...this.#members.get(name) ?? [], member]);
      return types.map((type) => [type, name] as const);
    }));
  }

  #typeOf(name: string): ts.Type {
    const symbol = this.#exported.get(name);
    if (symbol === undefined) throw new Error(`There is no type ${name}`);
    return this.#checker.getDeclaredTypeOfSymbol(this.#resolved(symbol));
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #refer(name: string, types: readonly ts.Type[]): JsonSchema {
    if (!Object.hasOwn(this.components, name)) {
      // A type may mention itself.
      this.components[name] = {};
      const [type, ...others] = types.map((one) => this.#structure(one, "integer"));
      const symbol = types[0]?.aliasSymbol ?? types[0]?.getSymbol();
      this.components[name] = {
        ...describe(symbol, this.#checker),
        ...(others.length === 0 ? type : { anyOf: [type, ...others] }),
      };
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** The name under which a type is exported, if it is. */
  #nameOf(type: ts.Type): string | undefined {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    if (symbol === undefined || type.aliasTypeArguments !== undefined) return undefined;
    const exported = this.#exported.get(symbol.name);
    return exported !== undefined && this.#resolved(exported) === symbol ? symbol.name : undefined;
  }

  #schema(type: ts.Type, number: "integer" | "number"): JsonSchema {
    const name = this.#nameOf(type);
    return name === undefined ? this.#structure(type, number) : this.#refer(name, [type]);
  }

  #structure(type: ts.Type, number: "integer" | "number"): JsonSchema {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (type.flags & ts.TypeFlags.Null) return { type: "null" };
    if (type.flags & ts.TypeFlags.String) return { type: "string" };
    if (type.flags & ts.TypeFlags.Number) return { type: number };
    if (type.isLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) {
      return { const: this.#checker.typeToString(type) === "true" };
    }
    if (type.isUnion()) return this.#union(type, number);
    if (this.#checker.isTupleType(type)) {
      const items = this.#checker.getTypeArguments(type as ts.TypeReference);
      const prefixItems = items.map((item) => this.#schema(item, number));
      return { type: "array", prefixItems, minItems: items.length, maxItems: items.length };
    }
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return { type: "array", items: this.#schema(item!, number) };
    }
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
      return this.#object(type, number);
    }
    throw new Error(`Cannot describe the type ${this.#checker.typeToString(type)}`);
  }

  #union(type: ts.UnionType, number: "integer" | "number"): JsonSchema {
    const present = type.types.filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
    const isBoolean = ({ flags }: ts.Type) => (flags & ts.TypeFlags.BooleanLiteral) !== 0;
    const hasBoth = present.filter(isBoolean).length === 2;
    const others = hasBoth ? present.filter((one) => !isBoolean(one)) : present;
    const texts = others.filter((one) => one.isStringLiteral()).map(({ value }) => value);
    const rest = others.filter((one) => !one.isStringLiteral());
    const parts = [
      ...(texts.length === 0 ? [] : [{ type: "string", enum: texts.toSorted() }]),
      ...(hasBoth ? [{ type: "boolean" }] : []),
      ...rest.map((one) => this.#schema(one, number)),
    ];
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { anyOf: parts };
  }

  #object(type: ts.Type, number: "integer" | "number"): JsonSchema {
    const properties = this.#checker.getPropertiesOfType(type);
    const required = properties
      .filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0)
      .map(({ name }) => name);
    const index = this.#checker.getIndexInfosOfType(type)[0];
    return {
      type: "object",
      properties: Object.fromEntries(properties.map((property) => {
        const isFraction = property.getJsDocTags().some(({ name }) => name === "fraction");
        const schema = this.#schema(
          this.#checker.getTypeOfSymbol(property),
          isFraction ? "number" : number,
        );
        return [property.name, { ...describe(property, this.#checker), ...schema }];
      })),
      ...(required.length === 0 ? {} : { required }),
      ...(index === undefined ? {} : { additionalProperties: this.#schema(index.type, number) }),
    };
  }

  #propertyType(type: ts.Type, name: string): ts.Type {
    const property = type.getProperty(name);
    if (property === undefined) throw new Error(`A frame without ${name}`);
    return this.#checker.getTypeOfSymbol(property);
  }

  #literals(type: ts.Type): string[] {
    const members = type.isUnion() ? type.types : [type];
    return members.map((member) => {
      if (!member.isStringLiteral()) throw new Error("The type of a frame is a literal");
      return member.value;
    });
  }
}

/** The description of a type or property: its doc comment. */
function describe(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): JsonSchema {
  const parts = symbol?.getDocumentationComment(checker) ?? [];
  const description = ts.displayPartsToString(parts).replace(/\s+/g, " ").trim();
  return description === "" ? {} : { description };
}

/** `room_changed` as `RoomChanged`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
