// Checked by `npm run typecheck`, never run: names of the official package that follow no rule, where programs write them.

import OpenAI from "openai-oxide/compat";
import type { RunStreamEvent } from "openai-oxide/compat/resources/beta/assistants";
import type { ScoreModelGrader } from "openai-oxide/compat/resources/graders/grader-models";

export const message: OpenAI.Responses.ResponseInputItem.Message = { role: "user", content: [] };
export const moderated = (of: OpenAI.Responses.Response.Moderation.Error): string => of.code;
export const custom: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall = { index: 0, type: "custom", custom: {} };
export const tool = (of: OpenAI.Beta.Agents.AgentTool): string => of.type;
export const page = (of: OpenAI.ChatCompletionsPage): string | undefined => of.data[0]?.id;
export const done = (of: RunStreamEvent): of is OpenAI.Beta.Assistants.RunStreamEvent.ThreadRunCompleted =>
  of.event === "thread.run.completed";
export const grader: OpenAI.Graders.ScoreModelGrader = {} as ScoreModelGrader;
export const models: OpenAI.Graders.GraderModels = new OpenAI({ apiKey: "k" }).graders.graderModels;
