"""The page. Tabs: `tabs/`; groups of controls: `parts/`; painting: `canvas/`; styles and scripts: `assets/`."""
