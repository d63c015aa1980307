// The main journeys, typed. Nothing runs here: `make contract` makes peerline.d.ts and lets tsc read this file, so that a
// change of the contract which breaks an app in TypeScript breaks this. It is also how such an app would look.
import createClient from "openapi-fetch";
import type { components, paths, webhooks } from "./peerline";

type Problem = components["schemas"]["ProblemDetails"];
type Priority = components["schemas"]["Priority"];
const peerline = createClient<paths>({ baseUrl: "https://peerline.example" });
const signedIn = (token: string) => ({ Authorization: `Bearer ${token}` });

/** What an app decides by is the code; what it shows to whoever is worried is the help that comes with every refusal. */
function refusal(problem: Problem): Error {
  const numbers = (problem.help ?? []).map((entry) => `${entry.name} ${entry.phone_display ?? entry.web ?? ""}`);
  return new Error(`${problem.code}: ${problem.detail} ${numbers.join(", ")}`);
}

export async function whomToCall(school: string, kept?: string): Promise<string[]> {
  const { data, response } = await peerline.GET("/v1/schools/{school}/help-now", {
    params: { path: { school }, header: { "If-None-Match": kept } },
  });
  if (response.status === 304 || !data) return [];
  return [...data.emergency, ...data.always_open].map((entry) => entry.name);
}

export async function worry(school: string, key: string): Promise<string> {
  const { data, error } = await peerline.POST("/v1/schools/{school}/reports", {
    params: { path: { school }, header: { "Idempotency-Key": key } },
    body: { signs: ["tearful", "isolated"], priority: "soon", narrative: "She has stopped coming to lunch." },
  });
  if (error) throw refusal(error);
  const readBy: string | null = data.expect.read_by;
  return readBy === null ? data.continue_as_friend : data.receipt;
}

export async function comeBack(receipt: string, text: string, key: string): Promise<string[]> {
  const session = await peerline.POST("/v1/receipts/session", { body: { receipt } });
  if (session.error) throw refusal(session.error);
  const headers = signedIn(session.data.access_token);
  const written = await peerline.POST("/v1/me/report/messages", {
    params: { header: { "Idempotency-Key": key } },
    headers,
    body: { text },
  });
  if (written.error) throw refusal(written.error);
  const thread = await peerline.GET("/v1/me/report/messages", { headers, params: { query: { limit: 20 } } });
  return (thread.data?.items ?? []).map((message) => `${message.author}: ${message.text ?? ""}`);
}

export async function signIn(login: string, password: string): Promise<string> {
  const { data, error } = await peerline.POST("/v1/auth/token", { body: { grant_type: "password", login, password } });
  if (error) throw refusal(error);
  return data.access_token;
}

export async function takeOn(token: string, school: string, report_id: string): Promise<Priority> {
  const headers = signedIn(token);
  const path = { school, report_id };
  const shown = await peerline.GET("/v1/schools/{school}/reports/{report_id}", { headers, params: { path } });
  const claimed = await peerline.POST("/v1/schools/{school}/reports/{report_id}/claim", {
    headers,
    params: { path, header: { "If-Match": shown.response.headers.get("ETag") ?? "" } },
  });
  if (claimed.error) throw refusal(claimed.error);
  return claimed.data.priority;
}

export async function acknowledge(token: string, page_id: string): Promise<boolean> {
  const { data, error } = await peerline.POST("/v1/pages/{page_id}/ack", {
    headers: signedIn(token),
    params: { path: { page_id } },
  });
  if (error) throw refusal(error);
  return data.state === "acknowledged" && data.first;
}

type Body<Event extends keyof webhooks> = webhooks[Event] extends {
  post: { requestBody: { content: { "application/json": infer Sent } } };
}
  ? Sent
  : never;
/** Told apart by `type`. An event that this app does not know is received, and left. */
type Told = Body<"page.requested"> | Body<"page.cancelled"> | Body<"conversation.message_added">;

export function onEvent(told: Told): string {
  switch (told.type) {
    case "page.requested":
      return `${told.data.level} until ${told.data.ack_by}${told.data.drill ? " (drill)" : ""}: ${told.data.ack_url ?? ""}`;
    case "page.cancelled":
      return `over: ${told.data.page_id}`;
    case "conversation.message_added":
      return "somebody wrote";
    default: {
      const unknown: never = told;
      return unknown;
    }
  }
}

// @ts-expect-error  a sign that there is not
export const misspelt: components["schemas"]["ReportCreate"] = { signs: ["tearfull"] };
// @ts-expect-error  signs are needed
export const nothing: components["schemas"]["ReportCreate"] = { narrative: "…" };
