/** A pin set by hand: a map that writes latitude and longitude into the two fields above it, which stay the way without a map. */
import type { Map as Ground, LngLatLike, Marker } from "maplibre-gl";
import type { Tiles } from "./board/map";

type Around = { near: [number, number, string][]; tiles: Tiles };
const FAR = 1.5; // degrees: a place further off than this does not decide what the map shows first

export function startPins(root: ParentNode = document): void {
  for (const pin of root.querySelectorAll<HTMLElement>("[data-pin]"))
    pin.querySelector("[data-pin-switch]")?.addEventListener("click", (event) => void toggle(pin, event.currentTarget as HTMLElement));
}

async function toggle(pin: HTMLElement, button: HTMLElement): Promise<void> {
  const place = pin.querySelector<HTMLElement>("[data-pin-ground]");
  const said = pin.querySelector<HTMLElement>("[data-pin-said]");
  if (!place || !said) return;
  place.hidden = !place.hidden;
  said.hidden = place.hidden;
  button.setAttribute("aria-expanded", String(!place.hidden));
  if (place.hidden || place.dataset.drawn) return;
  place.dataset.drawn = "1";
  const around = JSON.parse(
    pin.closest<HTMLElement>("[data-pin-around]")?.dataset.pinAround || '{"near":[],"tiles":{"kind":""}}',
  ) as Around;
  try {
    await draw(pin, place, around);
  } catch {
    place.hidden = said.hidden = true;
    pin.querySelector<HTMLElement>("[data-pin-none]")?.removeAttribute("hidden");
  }
}

async function draw(pin: HTMLElement, place: HTMLElement, around: Around): Promise<void> {
  const { Ground: Made, LngLatBounds, Marker: Needle, NavigationControl, Popup, addTiles, paper } = await import("./board/map");
  const [lat, lng] = fields(pin);
  const map: Ground = new Made({
    container: place,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": paper() } }] },
    attributionControl: around.tiles.credit ? { customAttribution: around.tiles.credit } : false,
    center: middle(around, lat, lng),
    zoom: 9,
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  const needle: Marker = new Needle({ draggable: true, color: "#c2410c" });
  const put = (at: LngLatLike) => needle.setLngLat(at).addTo(map);
  const write = () => {
    lat.value = needle.getLngLat().lat.toFixed(6);
    lng.value = needle.getLngLat().lng.toFixed(6);
  };
  needle.on("dragend", write);
  if (known(lat, lng)) put([Number(lng.value), Number(lat.value)]);
  for (const field of [lat, lng]) field.addEventListener("change", () => known(lat, lng) && put([Number(lng.value), Number(lat.value)]));
  map.once("load", async () => {
    await addTiles(map, around.tiles);
    dots(map, around);
    map.on("click", (event) => {
      const name = map.queryRenderedFeatures(event.point, { layers: ["near"] })[0]?.properties?.name as string | undefined;
      if (name) new Popup({ closeButton: false }).setLngLat(event.lngLat).setText(name).addTo(map);
      put(event.lngLat);
      write();
    });
    const box = new LngLatBounds();
    for (const [x, y] of close(around)) box.extend([x, y]);
    if (!box.isEmpty()) map.fitBounds(box, { padding: 30, maxZoom: 13, animate: false });
    place.dataset.ready = "1";
  });
}

function fields(pin: HTMLElement): [HTMLInputElement, HTMLInputElement] {
  return ["lat", "lng"].map((name) => pin.querySelector<HTMLInputElement>(`[name=${name}]`)) as [HTMLInputElement, HTMLInputElement];
}

function known(lat: HTMLInputElement, lng: HTMLInputElement): boolean {
  return !!lat.value && !!lng.value && Math.abs(Number(lat.value)) <= 90 && Math.abs(Number(lng.value)) <= 180;
}

/** Where the work of the branch is: its middle place, and what lies about it. */
function middle(around: Around, lat: HTMLInputElement, lng: HTMLInputElement): [number, number] {
  const half = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
  if (around.near.length) return [half(around.near.map((n) => n[0])), half(around.near.map((n) => n[1]))];
  return known(lat, lng) ? [Number(lng.value), Number(lat.value)] : [-97, 39];
}

function close(around: Around): [number, number, string][] {
  const sorted = (axis: 0 | 1) => around.near.map((n) => n[axis]).sort((a, b) => a - b)[around.near.length >> 1] ?? 0;
  const [x, y] = [sorted(0), sorted(1)];
  return around.near.filter((n) => Math.abs(n[0] - x) < FAR && Math.abs(n[1] - y) < FAR);
}

/** The places that one knows, as dots that tell their names. */
function dots(map: Ground, around: Around): void {
  const features = around.near.map(([x, y, name]) => ({
    type: "Feature" as const,
    properties: { name },
    geometry: { type: "Point" as const, coordinates: [x, y] },
  }));
  map.addSource("near", { type: "geojson", data: { type: "FeatureCollection", features } });
  const paint = { "circle-color": "#0f766e", "circle-radius": 5, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 };
  map.addLayer({ id: "near", type: "circle", source: "near", paint });
}
