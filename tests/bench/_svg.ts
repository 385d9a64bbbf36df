/** Reads a drawing as far as tests need it. */

/**
 * Checks that every element of an SVG document is closed, in order, and that attributes are quoted.
 *
 * @param svg The document.
 * @returns The texts in it, in order.
 * @throws {SyntaxError} If it is not well-formed.
 */
export function readSvg(svg: string): string[] {
  const open: string[] = [];
  const texts: string[] = [];
  for (const [whole, close, name, , empty, text] of svg.matchAll(TOKEN)) {
    if (text !== undefined) {
      if (/[<&](?!(amp|lt|gt);)/.test(text)) throw new SyntaxError(`Cannot read the text: ${text}`);
      if (text.trim() !== "") texts.push(text.trim());
    } else if (close === "/") {
      if (open.pop() !== name) throw new SyntaxError(`Cannot close ${whole}: it is not what is open`);
    } else if (empty !== "/") open.push(name!);
  }
  if (open.length > 0) throw new SyntaxError(`Cannot end: ${open.join(", ")} is open`);
  if (svg.replaceAll(TOKEN, "") !== "") throw new SyntaxError(`Cannot read ${svg.replaceAll(TOKEN, "")}`);
  return texts;
}

const TOKEN = /<(\/?)([a-z]+)((?:\s+[a-zA-Z0-9-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/g;

/** The numbers of an attribute of all elements of a kind and class, in order. */
export function attributes(svg: string, element: string, name: string, as: string): number[] {
  return [...svg.matchAll(new RegExp(`<${element} class="${as}"[^>]*? ${name}="([^"]*)"`, "g"))].map((m) =>
    Number(m[1])
  );
}
