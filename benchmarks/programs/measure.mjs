/**
 * One measured run of a Node client; prints one JSON line with the CPU time of this process per operation.
 *
 * Arguments: PACKAGE-ENTRY SCENARIO URL N. The official SDK and ours run the same code: only the import differs. Time is user +
 * system CPU of the whole process (threads of a native core and the garbage collector included), after a warm-up.
 */

const [entry, scenario, baseURL, count] = process.argv.slice(2);
const n = Number(count);
const { OpenAI } = await import(entry);
const client = new OpenAI({ baseURL, apiKey: 'sk-bench', maxRetries: 0 });
const messages = [{ role: 'user', content: 'hello' }];

async function small(total, width) {
  const worker = async () => {
    for (let i = 0; i < total / width; i++) {
      (await client.chat.completions.create({ model: 'small', messages })).choices[0].message.content;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function stream(chunks) {
  const events = await client.chat.completions.create({ model: `stream-${chunks}`, messages, stream: true });
  let read = 0;
  for await (const chunk of events) read += chunk.choices[0].delta.content != null ? 1 : 0;
  if (read < chunks - 2) throw new Error(`only ${read} of ${chunks} chunks`);
}

const width = scenario === 'small-64' ? 64 : 1;
const run = scenario === 'stream' ? stream : (total) => small(total, width);
await run(scenario === 'stream' ? 200 : 20 * width);
const before = process.cpuUsage();
await run(n);
const used = process.cpuUsage(before);
console.log(JSON.stringify({ cpu_us: (used.user + used.system) / n }));
process.exit(0);
