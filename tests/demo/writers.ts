/** Who writes to the shop: each client runs one script again and again. */
import cancelOrdersSql from "./writers/cancel_orders.sql" with { type: "text" };
import changePricesSql from "./writers/change_prices.sql" with { type: "text" };
import changeRangeSql from "./writers/change_range.sql" with { type: "text" };
import importEventsSql from "./writers/import_events.sql" with { type: "text" };
import payOrdersSql from "./writers/pay_orders.sql" with { type: "text" };
import placeOrderSql from "./writers/place_order.sql" with { type: "text" };
import refillRatesSql from "./writers/refill_rates.sql" with { type: "text" };
import shipOrdersSql from "./writers/ship_orders.sql" with { type: "text" };
import visitSql from "./writers/visit.sql" with { type: "text" };

export interface Writer {
  name: string;
  /** The statements of one transaction, without its BEGIN and its end. */
  sql: string;
  /** Between two transactions, on average. */
  pauseMs: number;
  /** How many of the transactions are rolled back, 0 to 1. */
  rollbackShare: number;
}

export const writers: readonly Writer[] = [
  { name: "shopper 1", sql: placeOrderSql, pauseMs: 30, rollbackShare: 0.1 },
  { name: "shopper 2", sql: placeOrderSql, pauseMs: 30, rollbackShare: 0.1 },
  { name: "cashier", sql: payOrdersSql, pauseMs: 50, rollbackShare: 0.05 },
  { name: "warehouse", sql: shipOrdersSql, pauseMs: 50, rollbackShare: 0.05 },
  { name: "support", sql: cancelOrdersSql, pauseMs: 150, rollbackShare: 0 },
  { name: "pricing", sql: changePricesSql, pauseMs: 250, rollbackShare: 0.1 },
  { name: "visitor", sql: visitSql, pauseMs: 40, rollbackShare: 0.05 },
  { name: "treasury", sql: refillRatesSql, pauseMs: 5000, rollbackShare: 0.25 },
  { name: "importer", sql: importEventsSql, pauseMs: 300, rollbackShare: 0.1 },
  { name: "buyer", sql: changeRangeSql, pauseMs: 100, rollbackShare: 0.05 },
];
