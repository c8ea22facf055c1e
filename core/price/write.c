/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a price as JSON, for explain, cost and health. Figures are texts, since a reader's double
 * would not hold them exactly. Any thread. */
#include "base/str.h"
#include "price/figures.h"
#include "json/writer.h"

static void write_figures(PbayJsonWriter *w, const PbayFigureSet *figures)
{
    for (PbayFigure figure = 0; figure < PBAY_FIGURES; figure++) {
        if (!figures->has[figure])
            continue;
        g_autofree char *usd = pbay_money_text(figures->usd[figure]);
        pbay_json_member_str(w, pbay_figure_key(figure), pbay_str(usd));
    }
}

static void write_tiers(PbayJsonWriter *w, const GArray *tiers)
{
    pbay_json_key(w, PBAY_STR("tiers"));
    pbay_json_open(w, false);
    for (guint i = 0; i < tiers->len; i++) {
        const PbayTier *tier = &g_array_index(tiers, PbayTier, i);
        pbay_json_open(w, true);
        pbay_json_member_int(w, "above", tier->above);
        write_figures(w, &tier->figures);
        pbay_json_close(w);
    }
    pbay_json_close(w);
}

void pbay_price_write(const PbayPrice *price, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    write_figures(&w, &price->base);
    if (price->tiers->len > 0)
        write_tiers(&w, price->tiers);
    pbay_json_member_str(&w, "file", pbay_str(price->file));
    if (price->line > 0)
        pbay_json_member_int(&w, "line", price->line);
    pbay_json_close(&w);
}
