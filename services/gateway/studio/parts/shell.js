/** The frame around every page: name, navigation, language, theme, the state of the connection, messages. */

import * as connection from "../lib/connection.js";
import { fill, h, icon } from "../lib/dom.js";
import { place } from "../lib/notices.js";
import * as theme from "../lib/theme.js";
import { LANGUAGES, choose, current, t } from "../lib/words.js";

class AppShell extends HTMLElement {
  outlet = h("main", { id: "page", tabindex: "-1" });
  #header = h("header", { class: "bar" });
  #banner = h("p", { class: "banner", role: "alert", hidden: true });

  connectedCallback() {
    this.append(this.#header, this.#banner, this.outlet, place);
    this.#draw();
    window.addEventListener("popcon:language", () => this.#draw());
    window.addEventListener("popcon:page", () => this.#mark());
    connection.watch((lost) => (this.#banner.hidden = !lost));
  }

  #draw() {
    this.#banner.textContent = t("common.lost");
    fill(this.#header,
      h("a", { class: "skip", href: "#page", on: { click: (event) => this.#skip(event) } }, t("common.skip")),
      h("a", { class: "brand", href: "/" }, h("img", { src: "/studio/icon.svg", alt: "", width: 30, height: 30 }), h("span", {}, "popcon")),
      h("nav", { "aria-label": t("common.navigation") },
        h("a", { href: "/" }, icon("plus"), h("span", {}, t("common.create"))),
        h("a", { href: "/archive" }, icon("archive"), h("span", {}, t("common.archive")))),
      h("div", { class: "tools" }, this.#languages(), this.#themes()));
    this.#mark();
  }

  #skip(event) {
    event.preventDefault();
    this.outlet.focus();
  }

  #mark() {
    for (const link of this.#header.querySelectorAll("nav a")) {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #languages() {
    const options = Object.entries(LANGUAGES).map(([id, name]) => h("option", { value: id, lang: id, selected: id === current() }, name));
    return h("label", { class: "language" }, icon("globe"), h("span", { class: "hidden" }, t("common.language")),
      h("select", { on: { change: (event) => choose(event.target.value) } }, options));
  }

  #themes() {
    const button = h("button", { class: "quiet round", on: { click: () => (theme.next(), show()) } });
    const show = () => {
      const now = theme.current();
      button.setAttribute("aria-label", t(`common.theme_${now}`));
      button.title = t(`common.theme_${now}`);
      fill(button, icon({ system: "spark", light: "sun", dark: "moon" }[now]));
    };
    show();
    return button;
  }
}

customElements.define("app-shell", AppShell);
