// What every page of the desk starts.

import "./strip.js";
import "./clock.js";
import "./relative.js";
import "./progress.js";
import "./jobs.js";
import "./forms.js";
import "./search.js";
