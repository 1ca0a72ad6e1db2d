"""Every ERP: a small extract in its true file format, and the tables it must become."""
