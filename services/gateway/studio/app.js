/** Boots the studio: the frame around all pages, and the page of the address. */

import "./parts/shell.js";
import { start } from "./lib/router.js";

const shell = document.createElement("app-shell");
document.body.append(shell);
start(shell.outlet);
