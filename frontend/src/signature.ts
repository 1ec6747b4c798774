import SignaturePad from "signature_pad";

/** A signature on glass becomes a picture in the form's field. */
export function startSignatures(): void {
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>("canvas[data-sign]")) {
    const field = document.querySelector<HTMLInputElement>(canvas.dataset.sign ?? "");
    const ratio = Math.max(window.devicePixelRatio, 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d")?.scale(ratio, ratio);
    const pad = new SignaturePad(canvas, { backgroundColor: "rgb(255,255,255)" });
    pad.addEventListener("endStroke", () => {
      if (field) field.value = pad.toDataURL("image/png").split(",")[1] ?? "";
    });
    canvas.parentElement?.querySelector("[data-clear]")?.addEventListener("click", () => {
      pad.clear();
      if (field) field.value = "";
    });
  }
}
