// Line icons, drawn for this page on a 24 × 24 grid.

const PATHS = {
  abacus: "M4 4h16v16H4zM4 10h16M9 4v16M15 4v16M7.6 7h2.8M13.6 7h2.8M7.6 13.5h2.8M7.6 16.6h2.8M13.6 15h2.8",
  send: "M4 12l16-8-6 16-3-6.5zM11 13.5L20 4",
  clip: "M20 11.5l-8.2 8.2a5.2 5.2 0 0 1-7.4-7.4l8.6-8.6a3.5 3.5 0 0 1 5 5l-8.6 8.5a1.8 1.8 0 0 1-2.5-2.5l7.9-7.8",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  menu: "M4 7h16M4 12h16M4 17h10",
  keys: "M3 6h18v12H3zM7 10h.01M12 10h.01M17 10h.01M8 14h8",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6l-6 6 6 6M4 12h9a7 7 0 0 1 7 7",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  tick: "M5 13l4 4L19 7",
  ticks: "M2 13l4 4L15 7M11 16l1 1L22 7",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4l3 2",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  pin: "M12 21s-7-6.2-7-11a7 7 0 0 1 14 0c0 4.800-7 11-7 11zM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.600-6.500 8-6.500s8 2.500 8 6.500",
  poll: "M5 20V11M12 20V4M19 20v-6",
  smile:
    "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM8.500 14.500c1.900 2.300 5.100 2.300 7 0M9 9.500v.01M15 9.500v.01",
  dice: "M5 5h14v14H5zM9 9v.01M15 15v.01M12 12v.01",
  phone:
    "M6 3h4l1.500 5-2.500 1.500a12 12 0 0 0 5.500 5.500L16 12.500l5 1.500v4c0 1.700-1.300 3-3 3C10.300 21 3 13.700 3 6c0-1.700 1.300-3 3-3z",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  link: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  cloud: "M7 18a4.500 4.500 0 0 1-.5-9 6 6 0 0 1 11.500 1.500A3.800 3.800 0 0 1 17.500 18zM4 4l16 17",
  snail: "M12 4a8 8 0 1 1-8 8M12 8v4l-4 2.500M4 6v6h6",
  storm: "M4 8h10a3 3 0 1 0-3-3M4 12h14a3 3 0 1 1-3 3M4 16h6a2.500 2.500 0 1 1-2.500 2.500",
  fault: "M12 4l9 16H3zM12 10v5M12 17.500v.01",
  cut: "M4 12h5M15 12h5M10 8l-2-3M14 16l2 3M14 8l2-3M10 16l-2 3",
  robot: "M5 9h14v10H5zM12 9V5M12 4v.01M9 13v2M15 13v2M2 13v3M22 13v3",
  block: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM6.500 6.500l11 11",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
