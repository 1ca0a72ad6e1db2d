"""The sample group: the same every time, exact to the cent, and odd where it says so."""
