"""The colours of the report, for pages and charts alike."""

INK, BRAND, BLUE = "#16202C", "#12395B", "#0B6E99"
OCHRE, VERMILION, GREY = "#B7791F", "#C2410C", "#5B6776"
PALE, LINE, FIELD = "#C9D3DD", "#D5DBE1", "#E8EDF2"
DEAD, SLOW, NEW, MOVING = VERMILION, "#DFA65A", "#A0C1D9", BLUE
AGES = ("#E3EDF4", "#C3D8E7", "#A0C1D9", "#E0A462", "#C4682A", "#8A2E08")
