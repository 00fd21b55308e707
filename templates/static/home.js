// The home page.
import { page } from "./common.js";

page();
