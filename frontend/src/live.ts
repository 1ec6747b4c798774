/** Another person's change repaints this page's live parts within a second; polling where the stream can't be reached. */
export function startLive(): void {
  const part = document.querySelector<HTMLElement>("[data-live]");
  const ticket = document.body.dataset.ticket;
  if (!part || !ticket) return;
  let waiting = 0;
  const refresh = () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => part.dispatchEvent(new CustomEvent("live")), 25); // one act tells many facts at once
  };
  const port = Number(location.port || (location.protocol === "https:" ? 443 : 80)) + 1;
  const where = document.body.dataset.events ?? `${location.protocol}//${location.hostname}:${port}/events`;
  const stream = new EventSource(`${where}?ticket=${encodeURIComponent(ticket)}`);
  const kinds = new Set((part.dataset.live ?? "").split(" "));
  stream.onmessage = (event: MessageEvent<string>) => {
    if (kinds.has(event.data.split(" ")[0] ?? "")) refresh();
  };
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) window.setInterval(refresh, 15_000);
  };
}
