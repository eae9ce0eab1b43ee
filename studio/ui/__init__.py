"""The page. Tabs: `tabs/`; groups of controls: `parts/`; painting: `canvas/`; styles and scripts: `assets/`."""

from studio.ui.stubs import import_without_stubs

import_without_stubs()
