"""The page. `layout` puts it together; every tab is a module of its own; `text` holds all it says."""
