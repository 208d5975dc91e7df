// The last 24 hours of each row as a small line.

const [WIDTH, HEIGHT] = [92, 24];
const SVG = "http://www.w3.org/2000/svg";

// "M0 12L..." through the values, the lowest at the bottom.
export function sparkPath(values, width = WIDTH, height = HEIGHT) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const reach = high - low || 1;
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, place) => {
    const y = height - 2 - ((value - low) / reach) * (height - 4);
    return `${(place * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.length ? `M${points.join("L")}` : "";
}

function draw(cell, values) {
  if (values.length < 2) return;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  const way = values.at(-1) >= values[0] ? "up" : "down";
  svg.setAttribute("class", `cu-spark cu-spark-${way}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", sparkPath(values));
  svg.append(path);
  cell.replaceChildren(svg);
}

export async function drawSparks(url, cells) {
  if (!cells.length) return;
  const address = new URL(url, location.href);
  address.searchParams.set("ids", cells.map((cell) => cell.dataset.spark).join(","));
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  for (const cell of cells) draw(cell, found[cell.dataset.spark] ?? []);
}
