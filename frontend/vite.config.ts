import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/dist/",
  worker: { format: "es" },
  build: {
    outDir: "../src/bifocal/front/static/dist",
    emptyOutDir: false,
    manifest: true,
    assetsInlineLimit: 0,
    rollupOptions: { input: ["src/main.ts"] },
  },
});
