import { defineConfig, type Plugin } from "vite";

/** The Gantt's style sheet names fonts at another company's address and inside itself; our policy allows neither, and we need none. */
const withoutForeignFonts: Plugin = {
  name: "without-foreign-fonts",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("dhtmlxgantt.css") ? code.replace(/@font-face\s*\{[^}]*\}/g, "").replace(/@import[^;]*;/g, "") : undefined,
};

export default defineConfig({
  base: "/static/dist/",
  logLevel: "warn",
  plugins: [withoutForeignFonts],
  worker: { format: "es" },
  build: {
    outDir: "../src/bifocal/front/static/dist",
    emptyOutDir: false,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200, // in kB; the map is the largest, and loaded only where one is looked at
    // htmx names eval() for features that our policy forbids anyway
    rolldownOptions: { input: ["src/main.ts", "src/gantt/main.ts"], checks: { eval: false, pluginTimings: false } },
  },
});
