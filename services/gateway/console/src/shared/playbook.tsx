// What a rule says is to be done. The API has playbooks in one language; those of the shipped rules
// (services/alerts/config/rules/core.yaml) are shown in Chinese too, a deployment's own as written.
import { useLanguage } from "./texts.ts";

export const SHIPPED: ReadonlyMap<string, string> = new Map([
  [
    "Contact an open node of the decision chain this week; involve the coach; record the step.",
    "本周联系决策链上一个未打通的节点；请内部教练协助；记录该步骤。",
  ],
  [
    "Below 80 the CSM owns a recovery plan. Yellow: executive exchange. Below 70: risk response. Red: dedicated retention team.",
    "低于 80：客户成功经理负责恢复计划；黄色：安排高层交流。低于 70：启动风险应对。红色：组建专门挽留小组。",
  ],
  [
    "Call the respondents within 24 hours; agree on a remedy and a date.",
    "24 小时内致电受访人；商定补救措施和日期。",
  ],
  [
    "Ask what is bought elsewhere; offer the tier that fits.",
    "了解客户在别处采购什么；提供合适的档位。",
  ],
  [
    "The sales director leads the retention in person; tailored transition plan within a week.",
    "销售总监亲自主导挽留；一周内给出定制的过渡方案。",
  ],
]);

export function Playbook({ text }: { text: string }) {
  const language = useLanguage();
  if (text === "") return <>–</>;
  const translated = language === "zh" ? SHIPPED.get(text) : undefined;
  return translated ? (
    <>{translated}</>
  ) : (
    <span lang={language === "zh" ? "en" : undefined}>{text}</span>
  );
}
