"""Makes pages of the site from the contracts."""
