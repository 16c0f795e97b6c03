"""How a page is put on paper: without menu and buttons, nothing torn apart."""

import streamlit as st

_STYLE = """<style>
@media print {
  @page { size: A4; margin: 12mm; }
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"],
  [data-testid="stDownloadButton"], [data-testid="stButton"], [data-testid="stPopover"],
  [data-testid="stElementToolbar"], .st-key-not_printed { display: none !important; }
  [data-testid="stAppViewContainer"], [data-testid="stMain"], .stApp {
    position: static !important; overflow: visible !important; height: auto !important;
  }
  [data-testid="stMainBlockContainer"] { padding: 0 6mm !important; max-width: none !important; }
  [data-testid="stVegaLiteChart"], [data-testid="stMetric"], [data-testid="stDataFrame"],
  [data-testid="stAlert"], h3 { break-inside: avoid; }
  h3 { break-after: avoid; }
}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; }
}
</style>"""


def printable() -> None:
    """Let the page be printed, and be read on a telephone."""
    st.html(_STYLE)
