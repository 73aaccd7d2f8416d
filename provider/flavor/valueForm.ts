/** What may be the value of an extra spec: the kinds of Nova's `ExtraSpecValidator` (nova/api/validation/extra_specs/base.py). */
export type ValueForm =
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly least?: number; readonly most?: number }
  | { readonly kind: "oneOf"; readonly names: readonly string[] }
  /** `like` has to match the whole value; `what` completes "expected ...". */
  | { readonly kind: "text"; readonly like?: RegExp; readonly what: string };

/** A value of an extra spec as a program writes it; Nova keeps text. */
export type ExtraSpecValue = string | number | boolean;

export const boolean: ValueForm = { kind: "boolean" };
export const integer = (least?: number, most?: number): ValueForm =>
  ({ kind: "integer", ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) });
export const oneOf = (...names: readonly string[]): ValueForm => ({ kind: "oneOf", names });
export const anyText: ValueForm = { kind: "text", what: "a text" };

/** oslo.utils' strutils.bool_from_string with strict=True: these and nothing else, in any case. */
const booleans = /^(1|t|true|on|y|yes|0|f|false|off|n|no)$/i;

/** Why a value does not fit, as "expected ..., found ..."; undefined where it fits. */
export function misfit(form: ValueForm, given: ExtraSpecValue): string | undefined {
  const text = String(given);
  if (text.length > 255) return `has ${text.length} characters, and Nova keeps 255`;
  switch (form.kind) {
    case "boolean":
      return booleans.test(text) ? undefined : `expected true or false, found "${text}"`;
    case "oneOf":
      return form.names.includes(text) ? undefined : `expected one of ${form.names.map((name) => `"${name}"`).join(", ")}, found "${text}"`;
    case "text":
      return form.like === undefined || form.like.test(text) ? undefined : `expected ${form.what}, found "${text}"`;
    case "integer":
      return fits(text, form) ? undefined : `expected a whole number${range(form)}, found "${text}"`;
  }
}

function fits(text: string, { least, most }: { readonly least?: number; readonly most?: number }): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  return (least === undefined || Number(text) >= least) && (most === undefined || Number(text) <= most);
}

function range({ least, most }: { readonly least?: number; readonly most?: number }): string {
  if (least === undefined) return "";
  return most === undefined ? `, ${least} or more` : ` from ${least} to ${most}`;
}
