
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = one("#filters");
  const search = one("#search");
  const lesson = one("#lesson");
  const file = one("#file");
  const fold = one("#fold");
  const boxes = all("input[name=severity]");
  const sections = all("details.lesson").map((node) => ({
    node,
    entry: one(`[data-for="${node.id}"]`),
    head: [...node.children].filter((part) => part.matches("summary, .words")).map((part) => part.textContent).join(" "),
    findings: [],
  }));
  const findings = sections.flatMap((section) => {
    section.findings = all("article.finding", section.node).map((node) => ({
      node,
      section,
      severity: node.dataset.severity,
      files: node.dataset.files.split(" "),
      text: `${section.head} ${node.textContent}`.toLowerCase(),
      shown: true,
    }));
    return section.findings;
  });

  const filter = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const isFiltered = terms.length > 0 || lesson.value !== "" || file.value !== "" || severities.size < boxes.length;
    let shown = 0;
    for (const finding of findings) {
      finding.shown =
        severities.has(finding.severity) &&
        (lesson.value === "" || finding.section.node.id === lesson.value) &&
        (file.value === "" || finding.files.includes(file.value)) &&
        terms.every((term) => finding.text.includes(term));
      finding.node.hidden = !finding.shown;
      shown += finding.shown;
    }
    for (const section of sections) {
      const number = section.findings.filter((finding) => finding.shown).length;
      section.node.hidden = number === 0;
      section.entry.hidden = number === 0;
      if (isFiltered && number > 0) section.node.open = true;
    }
    one("#nothing").hidden = shown > 0;
    one("#clear").disabled = !isFiltered;
    one("#shown").textContent = isFiltered ? `${shown} of ${findings.length} shown` : "";
    label();
  };

  const label = () => {
    fold.textContent = sections.some((section) => section.node.open) ? "Close all" : "Open all";
  };

  const step = (by) => {
    const shown = findings.filter((finding) => finding.shown);
    if (shown.length === 0) return;
    const current = shown.findIndex((finding) => finding.node.contains(document.activeElement));
    const next = current < 0 ? 0 : Math.min(Math.max(current + by, 0), shown.length - 1);
    shown[next].section.node.open = true;
    shown[next].node.focus({ preventScroll: true });
    shown[next].node.scrollIntoView({ block: "start" });
  };

  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const section = target && target.closest("details.lesson");
    if (!section) return;
    if (target.hidden || section.hidden) form.reset();
    section.open = true;
    target.scrollIntoView({ block: "start" });
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  fold.addEventListener("click", () => {
    const open = !sections.some((section) => section.node.open);
    for (const section of sections) section.node.open = open;
  });
  for (const section of sections) section.node.addEventListener("toggle", label);
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    for (const section of sections) section.node.open = true;
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      form.reset();
      if (document.activeElement === search) search.blur();
    } else if (event.target.matches("input[type=search], select, textarea")) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    }
  });

  form.hidden = false;
  one("#keys").hidden = false;
  filter();
  reveal();
})();
