/** A command of the board: the server decides, its sentence is shown. */
export type Fields = Record<string, string>;

export function token(): string {
  return (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ?? "";
}

/** Run a command; the refusal's sentence (escaped by the server), or nothing where it went well. Throws where nobody answers. */
export async function send(command: string, fields: Fields): Promise<string> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  const reply = await fetch(`/do/${command}`, { method: "POST", body, headers });
  return reply.ok ? "" : await reply.text();
}
