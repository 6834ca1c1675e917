"""The forms of text that is written for a model, by what it does. In small letters, as they are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class InjectionKind:
    """The pattern is tried only where one of the signs occurs, or a word of each of the sets."""

    name: str
    signs: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    forms: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled where it is first needed, which on most hosts is never."""
        return _compiled(self.forms)

    def may_be_in(self, lowered: str, words: set[str]) -> bool:
        if self.words and not any(words.isdisjoint(each) for each in self.words):
            return True
        return any(sign in lowered for sign in self.signs)


def _kind(name: str, patterns: Iterable[str], signs: str = "", words: Iterable[str] = ()) -> InjectionKind:
    """`signs` apart from one another by commas, `words` by blanks."""
    return InjectionKind(
        name, tuple(filter(None, signs.split(","))), tuple(frozenset(each.split()) for each in words), tuple(patterns)
    )


@cache
def _compiled(forms: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in forms))


W = r"(?:[\s_.,;:-]{1,3})"
"""Between two words, also in a name."""
SOME = rf"(?:[^\s_]{{1,20}}{W}){{0,4}}?"
"""Up to four words."""
BEFORE = r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|former|system|your|safety)"
TOLD = r"(?:instructions?|prompts?|rules|directives|guidelines|guardrails|commands|orders|context)"
READER = r"(?:ai|llm|language[ _-]model|large[ _-]language[ _-]model|chatbot|gpt(?:-\d)?|chatgpt|claude|copilot|gemini)"
ROLE = r"(?:assistant|agent|model|system|bot|reader|reviewer|analyst|operator)"

KINDS = (
    _kind(
        "would undo the task",
        (
            rf"\b(?:ignore|disregard|forget|override|overrule|bypass|do{W}not{W}follow){W}{SOME}{BEFORE}{W}{SOME}{TOLD}(?![a-z])",
            rf"\b(?:ignore|disregard|forget|override|bypass){W}(?:all|any|every){W}(?:of{W})?(?:the{W}|these{W}|those{W})?"
            r"(?:instructions?|prompts?|directives|guardrails)\b",
            rf"\b(?:ignore|disregard|forget){W}(?:all{W})?(?:everything|anything|what(?:ever)?){W}{SOME}"
            rf"(?:told|said|instructed|above|before){W}?",
        ),
        signs="",
        words=(
            "ignore disregard forget override overrule bypass follow",
            (
                "instruction instructions prompt prompts rules directives guidelines guardrails commands orders "
                "context everything anything what whatever"
            ),
        ),
    ),
    _kind(
        "would undo the task",
        (
            rf"\b(?:ignorier\w*|vergiss|vergessen{W}sie|missachte\w*){W}{SOME}(?:vorherig|bisherig|obig|früher|vorig|system)\w*{W}"
            r"(?:anweisung|instruktion|befehl|regel|vorgabe)\w*",
            rf"\b(?:ignore[zr]?|oublie[zr]?){W}{SOME}(?:instructions|consignes|règles|ordres|directives){W}"
            r"(?:précédent|antérieur|ci-dessus|système|initial)\w*",
            rf"\b(?:ignor[ae]n?|olvid[ae]n?){W}{SOME}(?:instrucciones|reglas|órdenes|indicaciones){W}(?:anterior|previa|del{W}sistema)\w*",
            rf"\b(?:ignora|ignorate|dimentica|dimenticate){W}{SOME}(?:istruzioni|regole|ordini){W}(?:precedent|anterior|di{W}sistema)\w*",
            rf"\b(?:ignore|ignorem|esqueça|esqueçam){W}{SOME}(?:instruções|regras|ordens){W}(?:anterior|prévia|do{W}sistema)\w*",
            rf"\b(?:negeer|vergeet){W}{SOME}(?:vorige|eerdere|bovenstaande|voorgaande){W}(?:instructies|opdrachten|regels)",
            rf"\b(?:zignoruj|zapomnij){W}{SOME}(?:poprzedni|wcześniejsz|powyższ)\w*{W}(?:instrukcj|poleceni|zasad)\w*",
            rf"\b(?:ignorera|ignorer|glöm|glem){W}{SOME}(?:tidigare|föregående|tidligere|forrige|ovanstående){W}"
            r"(?:instruktion|instruks|regler|order)\w*",
            rf"\babaikan{W}{SOME}(?:instruksi|perintah){W}{SOME}(?:sebelumnya|di{W}atas)",
            rf"\bbỏ{W}qua{W}{SOME}(?:hướng{W}dẫn|chỉ{W}dẫn|lệnh){W}{SOME}(?:trước|trên)",
            rf"\bignorujte{W}{SOME}(?:předchozí|předešlé){W}(?:pokyny|instrukce|příkazy)",
        ),
        signs=(
            "ignorier,vergiss,vergessen sie,missachte,ignora,ignore,oublie,olvid,dimentica,esque,negeer,"
            "vergeet,zignoruj,zapomnij,glöm,glem,abaikan,bỏ qua"
        ),
        words=(),
    ),
    _kind(
        "would undo the task",
        (
            r"(?:игнорируй|забудь|ігноруй)(?:те)?\W{1,3}(?:[^\s]{1,20}\s){0,3}?(?:предыдущ|прошл|прежн|выше|попередн|системн)\w*\W{1,3}"
            r"(?:инструкц|указани|команд|правил|інструкц|вказівк)\w*",
            r"(?:忽略|无视|無視|忘记)\S{0,8}?(?:之前|以上|先前|所有|前面|上述|一切|系统)\S{0,6}?(?:指令|指示|说明|規則|规则|提示|命令)",
            r"(?:以前|これまで|上記|前|すべて|全て|システム)の\S{0,6}?(?:指示|命令|ルール|プロンプト)\S{0,3}(?:無視|忘れ)",
            r"(?:이전|위의|모든|앞선)\s?\S{0,6}\s?(?:지시|명령|지침|규칙)\S{0,4}\s?(?:\S{1,6}\s)?(?:무시|잊)",
            r"(?:önceki|yukarıdaki|tüm)\s(?:\S{1,12}\s){0,2}?(?:talimat|komut|kural)\w*\s(?:yok\ssay|unut|görmezden)",
            r"(?:تجاهل|انس)\s(?:\S{1,12}\s){0,2}?(?:التعليمات|الأوامر|القواعد|تعليمات)",
            r"(?:पिछले|सभी|पूर्व)\s(?:\S{1,12}\s){0,2}?निर्देशों\sको\s(?:अनदेखा|नज़रअंदाज़)",
            r"התעלם\sמ(?:\S{1,12}\s){0,2}?(?:ההוראות|הוראות)",
        ),
        signs=(
            "игнорир,забудь,ігнору,忽略,无视,無視,忘记,忘れ,무시,잊,yok say,unut,görmezden,"
            "تجاهل,انس,अनदेखा,नज़रअंदाज़,התעלם"
        ),
        words=(),
    ),
    _kind(
        "poses as the system",
        (
            r"<\|(?:im_start|im_end|system|assistant|user|endoftext|begin_of_text|start_header_id|eot_id)\|>",
            r"\[/?inst\]|<</?sys>>|</?(?:system|assistant)(?:[-_](?:prompt|message|reminder|instructions?))>",
            r"</(?:system|assistant|user|instructions|data|host[-_]data|untrusted)>\s{0,3}<(?:system|assistant|user|instructions)>",
            rf"(?:^|[\n\r>\]#]|\W\s)(?:system|developer)\s?(?:prompt|message|note|instruction|override|update)?\s?:{W}?"
            rf"{SOME}(?:you{W}(?:are|must|should|will|have)|the{W}{ROLE}{W}(?:must|should|will|has)|new{W}instructions?|ignore)\b",
            rf"\b(?:begin|new|updated|end{W}of(?:{W}the)?){W}system{W}(?:prompt|message|instructions?)\b",
            r"###\s?(?:system|instructions?|assistant)\s?:",
            r"(?:^|\n)\s{0,4}human:.{1,400}?\n\s{0,4}assistant:",
            r"[\"']role[\"']\s?:\s?[\"'](?:system|developer)[\"']\s?,\s?[\"']content[\"']",
            rf"\b(?:enter|enable|activate){W}(?:developer|debug|god|admin|maintenance|jailbreak|dan){W}mode\b.{{0,60}}"
            rf"(?:{READER}|{ROLE}|restriction|rule|polic|filter)",
        ),
        signs=(
            "<|,[inst],[/inst],<<sys,<system,</system,<assistant,</assistant,</user,</instructions,</data,"
            "</host,</untrusted,###,human:,\"role\",'role'"
        ),
        words=(
            "system developer debug god admin maintenance jailbreak dan",
            ("prompt message note instruction instructions override update you new ignore mode model assistant agent"),
        ),
    ),
    _kind(
        "poses as a tool or its answer",
        (
            r"[\"']type[\"']\s?:\s?[\"']tool_(?:use|result)[\"']",
            r"</?(?:antml:)?(?:tool_use|tool_result|tool_call|function_results?|function_calls?|tool_response)>",
            r"<(?:antml:)?invoke\s{1,3}name=",
            r"\bmcp__cortex__\w",
            r"\bstructuredoutput\b",
            r"[\"']?proposed_action[\"']?\s?[:=]\s?\{",
            r"\b(?:tool_result|tool_response|function_result)s?\s?[:=]",
        ),
        signs=(
            "tool_use,tool_result,tool_response,function_result,function_call,<invoke,:invoke,tool_call,"
            "mcp__,structuredoutput,proposed_action"
        ),
        words=(),
    ),
    _kind(
        "poses as the end of the data",
        (
            r"\bhost-data-[0-9a-f]{3,}",
            rf"\bend{W}of{W}(?:the{W})?(?:host|untrusted|log|probe|tool)?{W}?(?:data|output|input|logs?)\b.{{0,40}}"
            rf"\b(?:instruction|operator|system|assistant|now{W}(?:follow|do|run|execute)|new{W}task)",
        ),
        signs="host-data",
        words=(
            "end",
            "data output input log logs",
            "instruction instructions operator system assistant follow do run execute task",
        ),
    ),
    _kind(
        "speaks to the model",
        (
            rf"\b(?:note|message|instructions?|attention|important|warning|notice|dear|hey|hello|hi|reminder|order|request){W}"
            rf"(?:to{W}|for{W})?(?:the{W}|any{W}|all{W}|every{W})?(?:{READER}|{READER}{W}{ROLE}s?)\b\W",
            rf"\b(?:note|message|instructions?|attention){W}(?:to|for){W}(?:the{W}|any{W}|all{W}|every{W})?"
            rf"(?:(?:inspecting|monitoring|automated|reviewing){W})?(?:assistant|agent|model|bot)s?{W}?(?:reading|processing|reviewing|:)",
            rf"\b{READER}(?:{W}{ROLE}s?)?(?:{W}reading{W}this)?{W}?[,:]?{W}(?:you{W})?(?:must|should|shall|please|need{W}to|have{W}to)"
            rf"{W}(?:now{W}|also{W}|not{W}|immediately{W})?(?:run|execute|approve|restart|stop|start|delete|remove|propose|report|call|"
            r"ignore|mark|say|output|reply|respond|answer|send|reveal|print|set|use|kill|clean|follow|treat|consider|return)(?![a-z])",
            rf"\b(?:if{W})?you(?:{W}are|'re){W}(?:now{W})?(?:a|an|the){W}{SOME}(?:{READER}|{READER}{W}{ROLE}|assistant|helpful{W}agent)\b"
            rf".{{0,80}}\b(?:run|execute|approve|restart|stop|delete|propose|report|call|ignore|must|should|no{W}longer|unrestricted|obey)",
            rf"\byou{W}are{W}now{W}(?:dan|root|in{W}|an?{W}unrestricted|free{W}from|no{W}longer{W}bound|jailbroken)",
        ),
        signs="",
        words=(
            (
                "ai llm gpt chatgpt claude copilot gemini chatbot language assistant assistants agent agents "
                "model models bot bots dan root unrestricted jailbroken"
            ),
            (
                "must should shall please need have you note message instruction instructions attention important "
                "warning notice dear hey hello hi reminder order request"
            ),
        ),
    ),
    _kind(
        "says what is to be reported",
        (
            rf"\b(?:report|say|claim|conclude|answer|reply|respond|state|write){W}(?:that{W}|with{W})?(?:everything|all|the{W}host|"
            rf"the{W}system|this{W}host|the{W}machine|nothing){W}(?:is{W})?(?:ok|okay|fine|healthy|well|good|wrong|safe){W}?"
            rf".{{0,60}}\b(?:must|should|always|only|do{W}not|never|finding|verdict|report|instruct)\w*",
            rf"\b(?:set|return|use|give|make|output){W}(?:the{W}|your{W}|a{W})?(?:verdict|recommendation){W}?(?:to|of|is|as|=|:){W}?\W?"
            r"(?:ok|approve|reject|critical|warning|unknown)\b",
            rf"\b(?:recommend|recommendation)\W{{1,4}}(?:is{W}|must{W}be{W}|=)?\W?approve\b",
            rf"\b(?:must|should|please|always){W}(?:immediately{W})?(?:approve|propose|recommend){W}(?:this|the|that|any|all|every|restarting|deleting)"
            rf"{W}{SOME}(?:action|restart|deletion|proposal|request{W}without|fix|remedy|command)",
            rf"\bpropose{W}(?:the{W})?action{W}",
            rf"\bthe{W}(?:recommended|required|correct|only){W}action{W}is{W}(?:to{W})?[a-z]{{3,20}}_[a-z_]{{3,30}}\b",
            rf"\brun{W}(?:the{W})?action{W}[a-z]{{3,20}}_[a-z]{{3,20}}",
            rf"\b(?:do{W}not|don't|never){W}(?:mention|tell|inform|report|alert|notify|reveal){W}{SOME}(?:operator|user|admin\w*|human|anyone|person)",
            rf"\b(?:reveal|print|repeat|output|show|tell{W}me|leak|send){W}(?:me{W})?(?:your|the){W}(?:full{W}|entire{W}|hidden{W})?"
            rf"(?:system{W}prompt|hidden{W}prompt|initial{W}instructions|instructions{W}above|prompt{W}above)",
            rf"\b(?:without{W}asking|no{W}need{W}to{W}ask){W}(?:the{W}|a{W}|any{W})?(?:operator|human|person|user|admin\w*)"
            rf".{{0,60}}\b(?:approv|execut|run|restart|delet)\w*",
        ),
        signs="",
        words=(
            (
                "report say claim conclude answer reply respond state write set return use give make output "
                "recommend recommendation recommended approve propose run action mention tell inform alert notify "
                "reveal print repeat show leak send asking ask"
            ),
            (
                "verdict recommendation approve everything nothing host system machine action operator user human "
                "admin administrator anyone person prompt instructions this that"
            ),
        ),
    ),
    _kind(
        "says what is to be reported",
        (
            r"(?:人工智能|ai|语言模型|助手|智能体|模型)\S{0,6}?(?:必须|应该|请|立即|应当|要)\S{0,12}?(?:批准|执行|重启|删除|报告|忽略|运行)",
            r"(?:ai|アシスタント|モデル|エージェント)\S{0,12}?(?:は|へ|よ)\S{0,30}?(?:実行|承認|再起動|削除|報告|提案)(?:し|せ|する)",
            r"(?:ии|нейросеть|языковая\sмодель)\W{0,3}(?:-\s?)?(?:ассистент|модель|агент)?\W{1,3}(?:\S{1,20}\s){0,4}?"
            r"(?:выполни|одобри|перезапусти|удали|сообщи|должен|должна|предложи)\w*",
            rf"\b(?:ki|ki-assistent|ki-modell|sprachmodell){W}(?:\S{{1,20}}{W}){{0,4}}?(?:muss|soll|bitte|führe|starte|genehmige|melde|lösche)\w*",
            rf"\b(?:asistente|modelo){W}(?:de{W})?(?:ia|lenguaje|linguagem){W}(?:\S{{1,20}}{W}){{0,4}}?(?:debe|deve|ejecut|execut|aprob|aprov|reinici)\w*",
            rf"\b(?:assistant|modèle){W}(?:ia|de{W}langage){W}?[,:]?{W}(?:\S{{1,20}}{W}){{0,4}}?(?:doi[ts]|exécute|approuve|redémarre|supprime)\w*",
        ),
        signs=(
            "批准,执行,執行,助手,模型,人工智能,智能体,アシスタント,モデル,エージェント,ии,нейросеть,языковая,ki,sprachmodell,asistente,"
            "modelo,assistant ia,modèle"
        ),
        words=(),
    ),
)
