// Pages with nothing of their own: times, Stop buttons, coming back.
import { page } from "./common.js";

page();
