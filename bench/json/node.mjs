// The other side of json_bench: reads "document repeats decode|encode" lines, answers with microseconds.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const folder = process.argv[2];
const texts = new Map();
const values = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const [document, repeats, verb] = line.split(" ");
  if (!texts.has(document)) {
    texts.set(document, readFileSync(`${folder}/${document}.json`, "utf8"));
    values.set(document, JSON.parse(texts.get(document)));
  }
  const input = verb === "decode" ? texts.get(document) : values.get(document);
  const work = verb === "decode" ? JSON.parse : JSON.stringify;
  const start = process.hrtime.bigint(), before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) work(input);
  const { user, system } = process.cpuUsage(before);
  // The time on the wall counts what others have of the processor, that of the processor what V8's helpers work beside.
  console.log(Math.min(user + system, Number(process.hrtime.bigint() - start) / 1000));
}
