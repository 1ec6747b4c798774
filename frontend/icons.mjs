// One sprite of the icons that the templates use: no font, no script needed to see them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const names = [
  "home",
  "users",
  "tool",
  "calendar-event",
  "building",
  "cash",
  "package",
  "user-cog",
  "chart-bar",
  "settings",
  "search",
  "plus",
  "check",
  "x",
  "alert-triangle",
  "phone",
  "map-pin",
  "clock",
  "truck",
  "file-text",
  "history",
  "camera",
  "signature",
  "moon",
  "logout",
  "arrow-right",
  "lock",
  "link",
  "clipboard-check",
  "menu-2",
  "receipt",
  "hammer",
  "wallet",
  "gauge",
  "player-play",
  "player-pause",
  "flag",
  "route",
  "download",
  "mail",
];
const symbols = names.map((name) => {
  const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
});
rmSync("../src/bifocal/front/static/dist/assets", { recursive: true, force: true }); // earlier builds stay out of the wheel
mkdirSync("../src/bifocal/front/static/dist", { recursive: true });
writeFileSync("../src/bifocal/front/static/dist/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
