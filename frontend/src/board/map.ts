/** The map beside the board: places and routes on a plain ground, or on the company's own tiles where they are set. */
import "maplibre-gl/dist/maplibre-gl.css";
import {
  addProtocol,
  type GeoJSONSource,
  Map as Ground,
  type LayerSpecification,
  LngLatBounds,
  Marker,
  NavigationControl,
  Popup,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";

type Place = [number, number];
type Person = { uid: string; name: string; route: Place[]; last: Place | null; at: string };
type Pin = { visit: string; title: string; who: string; place: Place; state: string };
export type Tiles = { kind: "" | "raster" | "pmtiles"; url: string; credit: string };
type Told = { people: Person[]; visits: Pin[]; tiles: Tiles };
type Feature = { type: "Feature"; properties: Record<string, string | number>; geometry: { type: string; coordinates: unknown } };

const COLORS = ["#0f766e", "#4338ca", "#b45309", "#be123c", "#1d4ed8", "#4d7c0f", "#7e22ce", "#0e7490", "#a21caf", "#854d0e"];
let ground: Ground | undefined;
let markers: Marker[] = [];
let framed = false;

setWorkerUrl(workerUrl);

export { Ground, LngLatBounds, Marker, NavigationControl, Popup };

/** Show the map, or put it away; true where it is shown now. */
export async function toggleMap(root: HTMLElement): Promise<boolean> {
  const card = document.querySelector<HTMLElement>("[data-map]");
  if (!card) return false;
  card.hidden = !card.hidden;
  document.querySelector("[data-beside]")?.classList.toggle("with-map", !card.hidden);
  if (card.hidden) return false;
  if (!ground) {
    await draw(root, card);
    root.addEventListener("htmx:afterSettle", () => !card.hidden && void refresh(root));
  } else await refresh(root);
  return true;
}

async function told(root: HTMLElement): Promise<Told> {
  const { branch, day, draft } = root.dataset;
  const reply = await fetch(`/api/v1/board/map?branch=${branch}&day=${day}${draft ? "&draft=1" : ""}`);
  return (await reply.json()) as Told;
}

async function draw(root: HTMLElement, card: HTMLElement): Promise<void> {
  const place = card.querySelector<HTMLElement>("[data-map-ground]");
  const said = card.querySelector<HTMLElement>("[data-map-said]");
  const found = await told(root);
  if (!place) return;
  try {
    ground = new Ground({
      container: place,
      style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": paper() } }] },
      attributionControl: found.tiles.credit ? { customAttribution: found.tiles.credit } : false,
      center: found.visits[0]?.place ?? [0, 0],
      zoom: 9,
    });
  } catch {
    if (said) said.textContent = (JSON.parse(root.dataset.words ?? "{}") as Record<string, string>).no_map ?? "";
    return;
  }
  const made = ground;
  made.once("load", async () => {
    await addTiles(made, found.tiles);
    addLayers(made, root);
    paint(found);
  });
}

export function paper(): string {
  return document.documentElement.dataset.bsTheme === "dark" ? "#1b2430" : "#eef1f4";
}

/** The company's tiles under everything: pictures from an address, or one PMTiles file of pictures or of shapes. */
export async function addTiles(map: Ground, tiles: Tiles): Promise<void> {
  if (!tiles.kind) return;
  if (tiles.kind === "raster") {
    map.addSource("tiles", { type: "raster", tiles: [tiles.url], tileSize: 256 });
    map.addLayer({ id: "tiles", type: "raster", source: "tiles" });
    return;
  }
  const protocol = new Protocol();
  addProtocol("pmtiles", protocol.tile);
  const file = new PMTiles(new URL(tiles.url, location.href).href);
  protocol.add(file);
  const shapes = (await file.getHeader()).tileType === 1;
  map.addSource("tiles", {
    type: shapes ? "vector" : "raster",
    url: `pmtiles://${file.source.getKey()}`,
    ...(shapes ? {} : { tileSize: 256 }),
  });
  for (const layer of shapes ? outlines() : [{ id: "tiles", type: "raster", source: "tiles" } as LayerSpecification]) map.addLayer(layer);
}

/** Land, water and roads of a vector map by the names of the Protomaps scheme; no fonts are fetched, so nothing is lettered. */
function outlines(): LayerSpecification[] {
  const fill = (id: string, color: string): LayerSpecification => ({
    id,
    type: "fill",
    source: "tiles",
    "source-layer": id,
    paint: { "fill-color": color },
  });
  const roads: LayerSpecification = {
    id: "roads",
    type: "line",
    source: "tiles",
    "source-layer": "roads",
    paint: { "line-color": "#9aa5b1", "line-width": 0.8 },
  };
  return [fill("earth", paper()), fill("landuse", "rgba(120,160,120,.12)"), fill("water", "rgba(80,130,190,.35)"), roads];
}

function addLayers(map: Ground, root: HTMLElement): void {
  const empty = { type: "FeatureCollection" as const, features: [] };
  map.addSource("routes", { type: "geojson", data: empty });
  map.addSource("visits", { type: "geojson", data: empty });
  map.addLayer({
    id: "routes",
    type: "line",
    source: "routes",
    paint: { "line-color": ["get", "color"], "line-width": 2.5, "line-opacity": 0.8 },
  });
  map.addLayer({
    id: "visits",
    type: "circle",
    source: "visits",
    paint: { "circle-color": ["get", "color"], "circle-radius": 7, "circle-stroke-color": "#fff", "circle-stroke-width": 2 },
  });
  map.on("click", "visits", (event) => {
    const visit = event.features?.[0]?.properties?.visit as string | undefined;
    if (visit) root.dispatchEvent(new CustomEvent("pick-visit", { detail: visit }));
  });
  map.on("mouseenter", "visits", () => map.getCanvas().classList.add("over-pin"));
  map.on("mouseleave", "visits", () => map.getCanvas().classList.remove("over-pin"));
}

async function refresh(root: HTMLElement): Promise<void> {
  paint(await told(root));
}

function paint(found: Told): void {
  if (!ground?.getSource("routes")) return;
  const color = new Map(found.people.map((p, n) => [p.name, COLORS[n % COLORS.length] ?? "#555"]));
  const lines = found.people
    .filter((p) => p.route.length > 1)
    .map((p) => feature("LineString", p.route, { color: color.get(p.name) ?? "#555" }));
  const pins = found.visits.map((v) => feature("Point", v.place, { visit: v.visit, color: color.get(v.who) ?? "#dc2626" }));
  put("routes", lines);
  put("visits", pins);
  for (const marker of markers) marker.remove();
  markers = found.people.filter((p) => p.last).map((p) => badge(p, color.get(p.name) ?? "#555"));
  said(found);
  frame([...found.people.flatMap((p) => p.route), ...found.visits.map((v) => v.place)]);
}

function feature(type: string, coordinates: unknown, properties: Record<string, string | number>): Feature {
  return { type: "Feature", properties, geometry: { type, coordinates } };
}

function put(name: string, features: Feature[]): void {
  ground?.getSource<GeoJSONSource>(name)?.setData({ type: "FeatureCollection", features } as never);
}

/** Where somebody was seen last, by initials. */
function badge(person: Person, color: string): Marker {
  const element = document.createElement("div");
  element.className = "seen";
  element.textContent = person.name
    .split(" ")
    .map((part) => part[0])
    .join("");
  element.title = `${person.name}, ${person.at}`;
  element.style.background = color;
  return new Marker({ element }).setLngLat(person.last ?? [0, 0]).addTo(ground as Ground);
}

function said(found: Told): void {
  const place = document.querySelector<HTMLElement>("[data-map-said]");
  const words = JSON.parse(document.querySelector<HTMLElement>("#board")?.dataset.words ?? "{}") as Record<string, string>;
  const routes = found.people.filter((p) => p.route.length > 1).length;
  if (place) place.textContent = (words.mapped ?? "").replace("{visits}", `${found.visits.length}`).replace("{routes}", `${routes}`);
}

function frame(places: Place[]): void {
  const first = places[0];
  if (!first || framed) return;
  framed = true;
  const box = places.reduce((b, p) => b.extend(p), new LngLatBounds(first, first));
  ground?.fitBounds(box, { padding: 40, maxZoom: 13, animate: false });
}
