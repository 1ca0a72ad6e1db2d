"""Microsoft's AdventureWorks as a site's own ERP; its data stand beside the project."""
