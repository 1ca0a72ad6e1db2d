"""What a stock movement, an item, a supplier is here, whatever the ERP calls it."""
