// What a program in TypeScript does with a client made of the API's description: it looks, is refused, and knows both types.
import createClient from "openapi-fetch";
import type { components, paths } from "./popcon.js";

const popcon = createClient<paths>({ baseUrl: process.env["POPCON_URL"] ?? "" });

const page = await popcon.GET("/v1/jobs", { params: { query: { limit: 3 } } });
if (page.error) throw new Error(page.error.detail);
for (const job of page.data.jobs) {
  const state: components["schemas"]["JobState"] = job.state;
  console.log(job.id, state, job.done);
}

const asked: components["schemas"]["NewJob"] = { picture_id: "pic_none", actions: [{ preset: "wavee" }] };
const refused = await popcon.POST("/v1/jobs", { body: asked, params: { header: { "Idempotency-Key": "typescript-1" } } });
const problem: components["schemas"]["Problem"] | undefined = refused.error;
console.log(problem?.code, problem?.field);

// @ts-expect-error - there is no such field
console.log(page.data.nothing ?? "nothing");
