"""From published metrics to the page: model, words, charts, PDF and workbook."""
