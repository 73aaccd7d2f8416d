// What is asked of a page in the browser. Each is the text of an expression that the page evaluates.

/** Elements that stick out of the viewport to the right, or the page itself where it scrolls sideways. What scrolls in its own box may. */
export const overflowing = `(() => {
  const found = document.documentElement.scrollWidth > innerWidth ? ["page " + document.documentElement.scrollWidth] : [];
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(".scroll svg, thead, .skip")) continue;
    const { right, width } = element.getBoundingClientRect();
    if (width > 0 && right > innerWidth + 0.5) found.push(element.outerHTML.slice(0, 80));
  }
  return found;
})()`;

/** Every text that is shown, with its contrast to what is behind it (WCAG 2.2, relative luminance). */
export const contrasts = `(() => {
  const colour = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
  const luminance = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((of) => { const c = of / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = (element) => {
    if (element.closest("svg")) {
      const rects = element.parentElement.querySelectorAll(":scope > rect");
      return colour(getComputedStyle(rects[rects.length - 1]).fill).rgb;
    }
    for (let at = element; at; at = at.parentElement) { const of = colour(getComputedStyle(at).backgroundColor); if (of.a === 1) return of.rgb; }
    throw new Error("nothing behind " + element.outerHTML);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "" || element.closest("title, desc, style")) continue;
    const style = getComputedStyle(element);
    found.push({ text: walker.currentNode.data.slice(0, 40), svg: element.closest("svg") !== null, ratio: ratio(colour(element.closest("svg") ? style.fill : style.color).rgb, behind(element)) });
  }
  return found;
})()`;

/** Rectangles of every picture: its boxes, its groups with their labels, and texts with the box that they stand in. */
export const pictures = `[...document.querySelectorAll("svg.picture")].map((svg) => {
  const rectangle = (element) => { const { x, y, width, height } = element.getBBox(); return { x, y, width, height }; };
  const texts = (g) => [...g.querySelectorAll("text")].map((text) => ({ says: text.textContent, ...rectangle(text) }));
  return {
    boxes: [...svg.querySelectorAll("g.box")].map((g) => ({ ...rectangle(g.querySelector("rect")), texts: texts(g) })),
    groups: [...svg.querySelectorAll("g.group")].map((g) => ({ area: rectangle(g.querySelector(".area")), tag: rectangle(g.querySelector(".tag")), texts: texts(g) })),
    size: { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height },
  };
})`;
