/** Nothing typed is ever lost: what stands in a long form is kept in this tab until the form is accepted. */
type Field = HTMLInputElement | HTMLTextAreaElement;
const TYPED = 'textarea, input[type="text"], input[type="email"], input[type="search"], input:not([type])';

export function startDrafts(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form.do.tall")) {
    const key = keyOf(form);
    restore(form, key);
    form.addEventListener("input", () => keep(form, key));
    form.addEventListener("htmx:afterRequest", (event) => {
      const status = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status;
      if (status >= 200 && status < 300) sessionStorage.removeItem(key);
    });
  }
}

/** One draft for each page, command and record. */
function keyOf(form: HTMLFormElement): string {
  const records = [...form.querySelectorAll<HTMLInputElement>('input[type="hidden"]')]
    .filter((field) => !["request_id", "csrfmiddlewaretoken", "expected_version"].includes(field.name))
    .map((field) => field.value);
  return ["draft", location.pathname, form.getAttribute("action"), ...records].join("|");
}

function typed(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>(TYPED)].filter((field) => field.name);
}

function keep(form: HTMLFormElement, key: string): void {
  const values: Record<string, string> = {};
  for (const field of typed(form)) if (field.value && field.value !== field.defaultValue) values[field.name] = field.value;
  if (Object.keys(values).length) sessionStorage.setItem(key, JSON.stringify(values));
  else sessionStorage.removeItem(key);
}

/** Only into fields that the server left empty: what it says is newer than a draft. */
function restore(form: HTMLFormElement, key: string): void {
  const kept = sessionStorage.getItem(key);
  if (!kept) return;
  const values = JSON.parse(kept) as Record<string, string>;
  for (const field of typed(form)) {
    const value = values[field.name];
    if (value && !field.value) field.value = value;
  }
  const box = form.closest("details");
  if (box) box.open = true;
}
