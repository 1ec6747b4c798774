/** The library writes HTML with style attributes, which our content security policy refuses (and rightly). Where such a string is set, the
 *  attributes are taken out before the browser reads it and applied through the CSSOM, which the policy allows. */
const STYLE = /(\s)style\s*=\s*("[^"]*"|'[^']*')/gi;
const plain = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
const setAttribute = Element.prototype.setAttribute;

if (plain?.set) {
  const write = plain.set;
  Object.defineProperty(Element.prototype, "innerHTML", {
    ...plain,
    set(this: Element, html: unknown) {
      const text = String(html ?? "");
      if (!/\sstyle\s*=/i.test(text)) {
        write.call(this, html);
        return;
      }
      write.call(this, text.replace(STYLE, "$1data-css=$2"));
      for (const part of this.querySelectorAll<HTMLElement>("[data-css]")) {
        part.style.cssText = part.dataset.css ?? "";
        part.removeAttribute("data-css");
      }
    },
  });
}

Element.prototype.setAttribute = function (this: Element, name: string, value: string): void {
  if (name.toLowerCase() === "style" && this instanceof HTMLElement) this.style.cssText = value;
  else setAttribute.call(this, name, value);
};
