"""Strategy scenarios on a site: gather the base, read the changes, work them out. Nothing is written."""
