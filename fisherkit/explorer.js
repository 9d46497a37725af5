// The explorer's moving figure, over what fisherkit/explorer.py writes. Draws SVG and asks for nothing outside.
(data) => {
  const W = 220, H = 200, LEFT = 38, RIGHT = 14, TOP = 8, BOTTOM = 36, DEGREES = 180 / Math.PI;
  const CHOICES = {kind: "Kind", encoding: "Encoding", density: "Trained on", loss: "Loss", faces: "Faces"};
  const STYLE = `
    @media screen { figure.alive > img, figure.alive > a.headline { display: none; } }
    @media print { .explorer-live { display: none !important; } }
    .explorer-live, .explorer-live > div, .explorer-live .panels { display: flex; flex-wrap: wrap; align-content: flex-start; gap: 0.3rem 0.8rem; }
    .explorer-live { color: var(--pst-color-text-base, currentColor); font-size: 0.9rem; line-height: 1.4; }
    .explorer-live .choices { flex: 1 1 100%; margin-bottom: 0.3rem; }
    .explorer-live .code { flex: 2 1 420px; min-width: 0; }
    .explorer-live .law { flex: 1 1 205px; min-width: 0; }
    .explorer-live .panels { flex: 1 1 100%; }
    .explorer-live svg { flex: 1 1 200px; min-width: 0; width: 100%; max-width: 26rem; height: auto; display: block; }
    .explorer-live label { display: flex; align-items: center; gap: 0.4rem; }
    .explorer-live label.slide { flex: 1 1 100%; }
    .explorer-live .slide span { min-width: 5.4em; font-variant-numeric: tabular-nums; }
    .explorer-live input { flex: 1; min-width: 0; height: 1.6rem; margin: 0; accent-color: var(--pst-color-primary, #0a7d91); }
    .explorer-live select { font: inherit; color: inherit; background: var(--pst-color-background, #fff);
      border: 1px solid var(--pst-color-text-muted, #666); border-radius: 0.25rem; padding: 0.1rem 0.2rem; }
    @media (pointer: coarse) { .explorer-live :is(input, select) { min-height: 2.75rem; } }
    .explorer-live output { display: block; flex: 1 1 100%; font-variant-numeric: tabular-nums; }
    .explorer-live text { font-size: 12px; fill: currentColor; }
    @media (max-width: 600px) { .explorer-live text { font-size: 9.5px; } }
    .explorer-live :is(.line, .axis) { fill: none; stroke: currentColor; stroke-width: 1.6; }
    .explorer-live .axis { stroke: var(--pst-color-text-muted, #666); stroke-width: 1; }
    .explorer-live .faint { fill: none; stroke: var(--pst-color-text-muted, #666); stroke-width: 0.8; }
    .explorer-live .ground { fill: var(--pst-color-text-muted, #666); opacity: 0.22; }
    .explorer-live .dashed { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-dasharray: 5 4; }
    .explorer-live .point { fill: var(--pst-color-text-muted, #666); }
    .explorer-live .accent { fill: none; stroke: var(--pst-color-primary, #0a7d91); stroke-width: 2; }
    .explorer-live .place { fill: var(--pst-color-primary, #0a7d91); }
    .explorer-live .bar { stroke: currentColor; stroke-width: 1.2; }
    .explorer-live .bar.passed { stroke-width: 4; }
    .explorer-live .hollow { fill: var(--pst-color-background, #fff); stroke: currentColor; stroke-width: 1.4; }
    .explorer-live .solid { fill: currentColor; }`;

  const told = (x, digits) => x.toFixed(digits).replace("-", "\u2212");
  const three = (x) => told(x, x >= 100 ? 0 : x >= 10 ? 1 : 2);
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const add = (parent, name, attributes = {}, text = "") => {
    const space = parent.namespaceURI.endsWith("svg") || name === "svg" ? "http://www.w3.org/2000/svg" : parent.namespaceURI;
    const element = set(document.createElementNS(space, name), attributes);
    if (text) element.textContent = text;
    return parent.appendChild(element);
  };
  const say = (output, text) => { if (output.textContent !== text) output.textContent = text; };
  const path = (xs, ys, on = () => true) => xs.map((x, i) => on(i) ? `${i && on(i - 1) ? "L" : "M"}${x.toFixed(1)} ${ys[i].toFixed(1)}` : "").join("");
  const scale = (low, high, from, to) => (x) => from + (x - low) / (high - low) * (to - from);
  const ticks = (low, high, count) => {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough);
    return Array.from({length: Math.floor(high / step) - Math.ceil(low / step) + 1}, (_, i) => (Math.ceil(low / step) + i) * step);
  };
  const written = (x) => String(+x.toFixed(6)).replace("-", "\u2212");
  const bytes = (text) => Int8Array.from(atob(text), (one) => one.charCodeAt(0));
  const unique = (values) => [...new Set(values)];

  // Axes with ticks ([value, words] pairs) and labels.
  const axes = (panel, x, y, xticks, yticks, xlabel, ylabel) => {
    for (const [at, words, lower = 0] of xticks) {
      add(panel, "line", {class: "axis", x1: x(at), x2: x(at), y1: H - BOTTOM, y2: H - BOTTOM + 4});
      add(panel, "text", {x: x(at), y: H - BOTTOM + 15 + lower, "text-anchor": "middle"}, words);
    }
    for (const [at, words] of yticks) {
      add(panel, "line", {class: "axis", x1: LEFT - 4, x2: LEFT, y1: y(at), y2: y(at)});
      add(panel, "text", {x: LEFT - 6, y: y(at) + 4, "text-anchor": "end"}, words);
    }
    add(panel, "path", {class: "axis", d: `M${LEFT} ${TOP}V${H - BOTTOM}H${W - RIGHT}`});
    add(panel, "text", {x: (LEFT + W) / 2, y: H - 4, "text-anchor": "middle"}, xlabel);
    add(panel, "text", {x: 10, y: (H - BOTTOM) / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${(H - BOTTOM) / 2})`}, ylabel);
  };

  const build = (figure, number) => {
    const compact = figure.classList.contains("compact");
    const live = document.createElement("div");
    live.className = "explorer-live";
    const choices = add(live, "div", {class: "choices"}), code = add(live, "div", {class: "code"}), law = add(live, "div", {class: "law"});
    const panels = add(code, "div", {class: "panels"});
    const panel = (parent) => add(parent, "svg", {viewBox: `0 0 ${W} ${H}`, role: "img"});
    const cloud = panel(panels), along = panel(panels), orders = panel(law);
    const slider = (parent, name, attributes) => {
      const label = add(parent, "label", {class: "slide"}), words = add(label, "span");
      return [add(label, "input", {type: "range", name, ...attributes}), words, add(parent, "output")];
    };
    const [theta, thetaWords, thetaSaid] = slider(code, "theta", {min: 0, step: 1, "aria-label": "angle θ"}), fitSaid = add(code, "output");
    const [beta, betaWords, betaSaid] = slider(law, "beta", {min: 0.05, max: 2, step: 0.05, value: 0.5, "aria-label": "order β of the budget"});
    const now = {...data.views[data.first], copy: "1", curve: "√I"};
    let view, grid, network, points, drawn;

    const select = (name, label) => {
      const box = add(add(choices, "label", {}, label), "select", {name});
      box.addEventListener("change", () => { now[name] = box.value; choose(); });
      return box;
    };
    const boxes = {};
    for (const name of compact ? ["loss", "faces"] : Object.keys(CHOICES)) boxes[name] = select(name, CHOICES[name]);
    if (compact) add(choices, "a", {href: figure.querySelector("a").getAttribute("href")}, "More choices");
    else { boxes.copy = select("copy", "Network"); boxes.curve = select("curve", "Curve"); }
    const fill = (name, values) => {
      if (!values.includes(now[name])) now[name] = values[0];
      const box = boxes[name];
      if (!box) return;
      box.replaceChildren();
      for (const value of values) add(box, "option", {}, value);
      box.value = now[name];
      box.disabled = values.length === 1;
    };

    // A choice settles what can be chosen after it; what is not there falls back to the first that is.
    const choose = () => {
      let left = data.views;
      for (const name of Object.keys(CHOICES)) {
        fill(name, unique(left.map((one) => one[name])));
        left = left.filter((one) => one[name] === now[name]);
      }
      view = left[0];
      fill("copy", view.networks.map((_, i) => String(i + 1)));
      fill("curve", ["√I", "I"]);
      network = view.networks[now.copy - 1];
      points = bytes(network.cloud);
      const angle = grid && grid.angle[theta.value], other = data.grids[view.grid];
      if (other !== grid) {
        grid = other;
        theta.max = grid.angle.length - 1;
        const peak = grid.p.indexOf(Math.max(...grid.p));
        const near = grid.angle.map((one) => Math.abs(one - angle));
        theta.value = angle === undefined ? peak : near.indexOf(Math.min(...near));
      }
      drawCloud(); drawAlong(); drawOrders();
      const interval = (of) => told(of[0], 2) + (of.length > 1 ? `\u00a0[${told(of[1], 2)},\u00a0${told(of[2], 2)}]` : "");
      say(fitSaid, view.alpha
        ? `Along θ, I goes as p to the power ${told(network.alpha, 2)} (dashed). Over all such networks, and people: α = ${interval(view.alpha)}.`
        : "There is no power of p to fit.");
      turn(); weigh();
    };

    const drawCloud = () => {
      cloud.replaceChildren();
      const flat = network.mean[1].every((one) => one === 0);
      const [x0, y0] = network.mean, [a, b, c] = network.spread;
      const reach = a.map((_, i) => [2.4 * a[i], 2.4 * Math.hypot(b[i], c[i])]);
      const ends = [x0, y0].map((of, k) => [Math.min(...of.map((m, i) => m - reach[i][k])), Math.max(...of.map((m, i) => m + reach[i][k]))]);
      const room = [W - LEFT - RIGHT, H - TOP - BOTTOM];
      const unit = Math.max(...ends.map(([low, high], k) => (high - low) / room[k]));
      const [xs, ys] = ends.map(([low, high], k) => flat ? [low, high + k * 0.9 * (high - low)] : [(low + high - unit * room[k]) / 2, (low + high + unit * room[k]) / 2]);
      const x = scale(...xs, LEFT, W - RIGHT), y = scale(...ys, H - BOTTOM, TOP);
      axes(cloud, x, y, ticks(...xs, 4).map((t) => [t, written(t)]), flat ? [] : ticks(...ys, 4).map((t) => [t, written(t)]), ...view.outputs);
      add(cloud, "path", {class: "faint", d: path(x0.map(x), y0.map(y))});
      // Behind the cloud, which may pass it.
      const size = 0.16 * H, cx = LEFT + size + 4, cy = TOP + size + 2;
      const face = add(cloud, "g", {class: "face"});
      const clip = `explorer-face-${number}`;
      add(add(face, "clipPath", {id: clip}), "circle", {cx, cy, r: size});
      add(face, "image", {href: data.face, x: cx - size, y: cy - size, width: 2 * size, height: 2 * size, "clip-path": `url(#${clip})`});
      const dots = Array.from({length: points.length / (2 * grid.angle.length)}, () => add(cloud, "circle", {class: "point", r: 1.8}));
      const ellipse = add(cloud, "path", {class: "accent ellipse"});
      const arrow = add(cloud, "path", {class: "line arrow"});
      drawn = {x, y, dots, ellipse, arrow, face, centre: `${cx} ${cy}`, xUnit: x(1) - x(0), yUnit: y(1) - y(0)};
      set(cloud, {"aria-label": "The embeddings of some faces at the angle θ, their ellipse at two standard deviations, the tangent as an arrow, and a drawn face turned by θ. The words below say the same in numbers."});
    };

    // I or its root; what chance made negative is drawn as zero.
    const made = (value) => now.curve === "I" ? value : Math.sqrt(Math.max(0, value));
    const alike = (one) => ["kind", "encoding", "density", "faces"].every((name) => one[name] === now[name]);

    const drawAlong = () => {
      along.replaceChildren();
      const top = 1.08 * Math.max(...data.views.filter(alike).flatMap((one) => one.networks.flatMap((of) => of.I.map(made))));
      const degrees = grid.angle.map((one) => one * DEGREES), x = scale(degrees[0], degrees.at(-1), LEFT, W - RIGHT), y = scale(0, top, H - BOTTOM, TOP);
      const xs = degrees.map(x), peak = Math.max(...grid.p);
      const half = degrees.at(-1) > 150 ? 180 : 90;
      axes(along, x, y, [-half, 0, half].map((t) => [t, `${written(t)}°`]), ticks(0, top, 3).map((t) => [t, written(t)]), "angle θ", now.curve === "I" ? "I (rad⁻²)" : "√I (rad⁻¹)");
      const ground = grid.p.map((p) => y(0.5 * top * p / peak));
      add(along, "path", {class: "ground", d: `${path(xs, ground)}L${xs.at(-1).toFixed(1)} ${H - BOTTOM}L${LEFT} ${H - BOTTOM}Z`});
      add(along, "path", {class: "accent", d: path(xs, network.I.map((one) => y(made(one))))});
      if (network.scale) {
        const power = grid.p.map((p) => y(made(network.scale * p ** network.alpha)));
        add(along, "path", {class: "dashed", d: path(xs, power, (i) => view.fitted[i] === "1")});
      }
      drawn.guide = add(along, "line", {class: "faint", y1: TOP, y2: H - BOTTOM});
      drawn.place = add(along, "circle", {class: "place", r: 5});
      drawn.along = {xs, ys: network.I.map((one) => y(made(one)))};
      set(along, {"aria-label": `${now.curve} of this network along the angle, the density it was trained on in grey, ${network.scale ? `the fitted power p to the ${told(network.alpha, 2)} dashed, ` : ""}and the place of θ.`});
    };

    const drawOrders = () => {
      orders.replaceChildren();
      const rows = data.views.filter((one) => alike(one) && one.alpha), all = data.views.map((one) => one.q);
      const top = Math.max(2.2, ...rows.map((one) => 1.1 * one.alpha[0])), low = Math.min(0, ...rows.map((one) => 1.2 * one.alpha[0]));
      const x = scale(-0.12, Math.sqrt(Math.max(...all)) + 0.12, LEFT, W - RIGHT), y = scale(low, top, H - BOTTOM, TOP);
      const within = (value) => y(Math.min(top, Math.max(low, value)));
      const named = data.views.filter(alike);
      axes(orders, x, y, named.map((one, i) => [Math.sqrt(one.q), one.loss, i % 2 ? 11 : 0]), ticks(low, top, 4).map((t) => [t, written(t)]), "", "exponent α");
      drawn.law = add(orders, "path", {class: "accent law-line"});
      drawn.bars = rows.map((one) => {
        const at = x(Math.sqrt(one.q));
        const bar = one.alpha.length > 1 && add(orders, "line", {class: "bar", x1: at, x2: at, y1: within(one.alpha[1]), y2: within(one.alpha[2])});
        if (one.loss === now.loss) add(orders, "circle", {class: "faint", cx: at, cy: within(one.alpha[0]), r: 8});
        add(orders, "circle", {class: one.inside ? "solid" : "hollow", cx: at, cy: within(one.alpha[0]), r: 4});
        return [one, bar];
      });
      const circular = view.encoding === "circular", order = (q) => circular ? view.order : q;
      drawn.curve = (b) => {
        const roots = Array.from({length: 60}, (_, i) => Math.sqrt(Math.max(...all)) * i / 59);
        const values = roots.map((root) => 2 / (2 * b + order(root * root)));
        return path(roots.map(x), values.map((one) => y(Math.min(one, top))), (i) => values[i] <= top);
      };
      set(orders, {"aria-label": rows.length ? `Exponents with intervals: ${rows.map((one) => `${one.loss} ${one.alpha.map((of) => told(of, 2)).join(", ")}`).join("; ")}. The law's curve for β runs through them.` : "No exponents: the density is even."});
    };

    // θ: ellipse, arrow, points, face, place and words.
    const turn = () => {
      const i = +theta.value, angle = grid.angle[i], {x, y, xUnit, yUnit} = drawn;
      const [mx, my] = network.mean.map((of) => of[i]), [a, b, c] = network.spread.map((of) => of[i]);
      const at = (u, v) => [x(mx + a * u), y(my + b * u + c * v)];
      drawn.dots.forEach((dot, k) => {
        const from = 2 * (i * drawn.dots.length + k), [cx, cy] = at(points[from] / data.parts, points[from + 1] / data.parts);
        set(dot, {cx: cx.toFixed(1), cy: cy.toFixed(1)});
      });
      const ring = Array.from({length: 49}, (_, k) => at(2 * Math.cos(k * Math.PI / 24), 2 * Math.sin(k * Math.PI / 24)));
      drawn.ellipse.setAttribute("d", path(ring.map((one) => one[0]), ring.map((one) => one[1])));
      const [dx, dy] = [network.tangent[0][i] * data.arrow * xUnit, network.tangent[1][i] * data.arrow * yUnit];
      const [fx, fy] = [x(mx), y(my)], [tx, ty] = [fx + dx, fy + dy], head = Math.atan2(dy, dx);
      const side = (turned) => `L${(tx - 7 * Math.cos(head + turned)).toFixed(1)} ${(ty - 7 * Math.sin(head + turned)).toFixed(1)}`;
      drawn.arrow.setAttribute("d", `M${fx.toFixed(1)} ${fy.toFixed(1)}L${tx.toFixed(1)} ${ty.toFixed(1)}${side(0.45)}M${tx.toFixed(1)} ${ty.toFixed(1)}${side(-0.45)}`);
      drawn.face.lastChild.setAttribute("transform", `rotate(${(-angle * DEGREES).toFixed(1)} ${drawn.centre})`);
      set(drawn.place, {cx: drawn.along.xs[i], cy: drawn.along.ys[i]});
      set(drawn.guide, {x1: drawn.along.xs[i], x2: drawn.along.xs[i]});
      const degrees = told(angle * DEGREES, 0), information = network.I[i], share = Math.round(100 * grid.p[i] / Math.max(...grid.p));
      say(thetaWords, `θ = ${degrees}°`);
      theta.setAttribute("aria-valuetext", `${degrees} degrees`);
      const finely = information > 0
        ? `√I\u00a0=\u00a0${three(Math.sqrt(information))}\u00a0rad⁻¹: two angles ${three(DEGREES / Math.sqrt(information))}° apart are one standard deviation apart.`
        : "no information is measured here.";
      say(thetaSaid, `At θ = ${degrees}°, where training was at ${share} % of its peak, ${finely}`);
    };

    // β: the law's curve, and how many intervals it passes.
    const weigh = () => {
      const b = +beta.value, known = drawn.bars.filter(([, bar]) => bar), passed = [];
      drawn.law.setAttribute("d", drawn.curve(b));
      for (const [one, bar] of known) {
        const law = 2 / (2 * b + one.order), inside = one.alpha[1] <= law && law <= one.alpha[2];
        bar.classList.toggle("passed", inside);
        if (inside) passed.push(one.loss);
      }
      say(betaWords, `β = ${told(b, 2)}`);
      beta.setAttribute("aria-valuetext", `β ${told(b, 2)}`);
      const outside = drawn.bars.some(([one]) => !one.inside) ? " Hollow points are outside the window in which the law is tested." : "";
      say(betaSaid, known.length
        ? `The law α = 2/(2β + q) passes ${passed.length} of ${known.length} intervals${passed.length ? `: ${passed.join(", ")}` : ""}.${outside}`
        : drawn.bars.length ? "One network has no interval." : "An even density has no exponents.");
    };

    theta.addEventListener("input", turn);
    beta.addEventListener("input", weigh);
    choose();
    figure.querySelectorAll(":scope > .explorer-live").forEach((old) => old.remove());
    figure.prepend(live);
    figure.classList.add("alive");
  };

  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = STYLE;
  document.querySelectorAll(`figure[id="${data.id}"], figure[data-explorer="${data.id}"]`).forEach(build);
}
